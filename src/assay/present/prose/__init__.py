"""Sentences made from records; no number is ever typed by hand."""

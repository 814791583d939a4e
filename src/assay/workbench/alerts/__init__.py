"""Alerts: what is watched, and what became of each that was raised."""

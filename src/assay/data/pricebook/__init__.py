"""Dated prices of models: files that people keep, and tables that hold the same."""

from __future__ import annotations

from assay.data.pricebook.read import PRICES, read_prices

__all__ = ["PRICES", "read_prices"]

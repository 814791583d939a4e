"""Logged costs held against list prices and bills, and what explains the difference."""

from assay.analysis.costs.reconciling.reconcile import reconcile

__all__ = ["reconcile"]

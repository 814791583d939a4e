"""From somebody's log into the store: read, mapped, made private, checked, kept or set apart."""

from assay.data.intake.admit import REJECTED, Admitted, Door
from assay.data.intake.conform import Rows, conform

__all__ = ["REJECTED", "Admitted", "Door", "Rows", "conform"]

"""Agents by providers or models: each cell with the others' help, and changes judged on items."""

from assay.analysis.providers.assess import assess_providers
from assay.analysis.providers.report import ProvidersReport, report_providers
from assay.analysis.providers.result import ProvidersResult

__all__ = ["ProvidersReport", "ProvidersResult", "assess_providers", "report_providers"]

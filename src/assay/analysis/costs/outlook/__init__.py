"""What spending will come to, against budgets, and if something were different."""

from assay.analysis.costs.outlook.budgets import Rows, budget_outlook
from assay.analysis.costs.outlook.findings import outlook_findings
from assay.analysis.costs.outlook.result import SpendOutlook
from assay.analysis.costs.outlook.spending import spend_outlook

__all__ = ["Rows", "SpendOutlook", "budget_outlook", "outlook_findings", "spend_outlook"]

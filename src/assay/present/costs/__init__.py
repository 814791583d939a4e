"""The sections of the report on costs, ready to be displayed.

Each takes the record of the result, its findings told, and returns what a notebook cell displays.
A section that the record does not hold shows nothing.
"""

from assay.present.costs.anomalies import anomaly_blocks
from assay.present.costs.breakdown import breakdown_blocks
from assay.present.costs.changing import change_blocks
from assay.present.costs.comparing import comparing_blocks
from assay.present.costs.method import method_details
from assay.present.costs.opportunities import opportunity_blocks
from assay.present.costs.outlook import outlook_blocks
from assay.present.costs.reconciling import reconciling_blocks
from assay.present.costs.spending import spending_blocks
from assay.present.costs.switching import switching_blocks
from assay.present.costs.trust import trust_blocks
from assay.present.prose.costs import brief, tell

__all__ = [
    "anomaly_blocks",
    "breakdown_blocks",
    "brief",
    "change_blocks",
    "comparing_blocks",
    "method_details",
    "opportunity_blocks",
    "outlook_blocks",
    "reconciling_blocks",
    "spending_blocks",
    "switching_blocks",
    "tell",
    "trust_blocks",
]

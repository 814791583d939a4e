"""Days and levels of spend that nobody expected, dearest first, and where the money went."""

from assay.analysis.costs.anomalies.detect import spend_anomalies
from assay.analysis.costs.anomalies.result import SpendAnomalies

__all__ = ["SpendAnomalies", "spend_anomalies"]

"""Days and levels of spend that nobody expected, dearest first, and where the money went."""

from assay.analysis.costs.anomalies.behind import places_of, shares_of, with_users
from assay.analysis.costs.anomalies.detect import spend_anomalies
from assay.analysis.costs.anomalies.result import SpendAnomalies

__all__ = ["SpendAnomalies", "places_of", "shares_of", "spend_anomalies", "with_users"]

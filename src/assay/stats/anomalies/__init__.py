"""How unusual each row of a stream is, judged by the rows before it."""

from assay.stats.anomalies.scores import anomaly_scores, first_of_each

__all__ = ["anomaly_scores", "first_of_each"]

"""What comes next in a series: methods combined by past accuracy, intervals tested on the past."""

from assay.stats.forecasting.forecast import forecast
from assay.stats.forecasting.reconciliation import reconcile
from assay.stats.forecasting.records import BackTest, Forecast

__all__ = ["BackTest", "Forecast", "forecast", "reconcile"]

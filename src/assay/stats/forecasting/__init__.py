"""What comes next in a series: methods combined by past accuracy, intervals tested on the past."""

from assay.stats.forecasting.forecast import forecast
from assay.stats.forecasting.reconciliation import reconcile
from assay.stats.forecasting.records import BackTest, Forecast
from assay.stats.forecasting.spread import Spread
from assay.stats.forecasting.totals import Totals, forecast_totals

__all__ = ["BackTest", "Forecast", "Spread", "Totals", "forecast", "forecast_totals", "reconcile"]

"""Who stays: retention by start, life cycle, what users will do, and when they are there."""

from assay.analysis.cohorts.assess import assess_cohorts
from assay.analysis.cohorts.foretold import foretold_users
from assay.analysis.cohorts.result import CohortReport

__all__ = ["CohortReport", "assess_cohorts", "foretold_users"]

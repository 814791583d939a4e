"""Who stays: retention by start, life cycle, what users will do, and when they are there."""

from assay.analysis.cohorts.assess import assess_cohorts
from assay.analysis.cohorts.foretold import Foretold, foretell, foretold_users
from assay.analysis.cohorts.result import CohortReport

__all__ = ["CohortReport", "Foretold", "assess_cohorts", "foretell", "foretold_users"]

"""How long an experiment must run: its plan, and the plan put to the test."""

from assay.analysis.experiments.design.basis import Given, basis_given, basis_of
from assay.analysis.experiments.design.plan import plan_for
from assay.analysis.experiments.design.questions import Wish
from assay.analysis.experiments.design.result import DesignResult
from assay.analysis.experiments.design.simulation import simulated

__all__ = ["DesignResult", "Given", "Wish", "basis_given", "basis_of", "plan_for", "simulated"]

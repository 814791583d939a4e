"""Segments by rule: who is in one as a probability, and how many there are."""

from assay.analysis.segments.rules.assess import assess_rules
from assay.analysis.segments.rules.membership import Membership, membership_of
from assay.analysis.segments.rules.result import RulesResult

__all__ = ["Membership", "RulesResult", "assess_rules", "membership_of"]

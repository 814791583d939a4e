"""Rows → how users, agents, sessions or configurations behave: rates by exposure, never totals."""

from assay.features.behaviour.declared import BEHAVIOURS
from assay.features.behaviour.earlier import behaviour_before
from assay.features.behaviour.feature import Feature
from assay.features.behaviour.matrix import Inputs, inputs_like, inputs_of
from assay.features.behaviour.observed import Behaviour, behaviour

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "Feature",
    "Inputs",
    "behaviour",
    "behaviour_before",
    "inputs_like",
    "inputs_of",
]

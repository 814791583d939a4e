"""Rows → how users, agents, sessions or configurations behave: rates by exposure, never totals."""

from assay.features.behaviour.declared import BEHAVIOURS
from assay.features.behaviour.earlier import behaviour_before
from assay.features.behaviour.feature import Feature
from assay.features.behaviour.matrix import (
    Held,
    Inputs,
    held_of,
    inputs_like,
    inputs_of,
    numbers_like,
)
from assay.features.behaviour.observed import Behaviour, behaviour, looked_at, of_context

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "Feature",
    "Held",
    "Inputs",
    "behaviour",
    "behaviour_before",
    "held_of",
    "inputs_like",
    "inputs_of",
    "looked_at",
    "numbers_like",
    "of_context",
]

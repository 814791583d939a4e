"""What sets each segment apart, how large and sure it is, what it is called, and who moved."""

from assay.analysis.segments.profiles.assess import profile_segments
from assay.analysis.segments.profiles.identity import Identity, continued
from assay.analysis.segments.profiles.movement import movement_between
from assay.analysis.segments.profiles.naming import Word, named
from assay.analysis.segments.profiles.result import (
    Drift,
    Exemplar,
    Flow,
    FlowsResult,
    Profile,
    ProfilesResult,
    Stayed,
    Trait,
)
from assay.analysis.segments.profiles.telling import withheld_sizes

__all__ = [
    "Drift",
    "Exemplar",
    "Flow",
    "FlowsResult",
    "Identity",
    "Profile",
    "ProfilesResult",
    "Stayed",
    "Trait",
    "Word",
    "continued",
    "movement_between",
    "named",
    "profile_segments",
    "withheld_sizes",
]

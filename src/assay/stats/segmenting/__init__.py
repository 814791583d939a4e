"""Segments of entities: whether there are any, how many, who is in which and how surely."""

from assay.stats.segmenting.methods import METHODS, Method
from assay.stats.segmenting.mixed import Embedding, embed
from assay.stats.segmenting.mixed_segments import segment_mixed
from assay.stats.segmenting.mixed_structure import mixed_structure
from assay.stats.segmenting.segment import segment
from assay.stats.segmenting.segments import Segments
from assay.stats.segmenting.structure import Structure, structure

__all__ = [
    "METHODS",
    "Embedding",
    "Method",
    "Segments",
    "Structure",
    "embed",
    "mixed_structure",
    "segment",
    "segment_mixed",
    "structure",
]

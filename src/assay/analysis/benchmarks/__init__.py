"""How much a session of measuring is to be trusted, and how its variants compare."""

from assay.analysis.benchmarks.noise import Noise, Quiet, by_label, noise_of, quiet_of
from assay.analysis.benchmarks.variants import Against, hold_against

__all__ = ["Against", "Noise", "Quiet", "by_label", "hold_against", "noise_of", "quiet_of"]

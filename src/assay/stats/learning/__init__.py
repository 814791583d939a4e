"""Learning-type curves: several laws combined, and whether there is still something to gain."""

from assay.stats.learning.curves import Estimate, LawFit, LearningCurve, learning_curve

__all__ = ["Estimate", "LawFit", "LearningCurve", "learning_curve"]

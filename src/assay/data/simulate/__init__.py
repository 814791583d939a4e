"""A seeded sample of an agent platform: every table, and the truths that were put into it."""

from assay.data.simulate.write import write_sample

__all__ = ["write_sample"]

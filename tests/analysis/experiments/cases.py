"""Experiments from frames in one call, for tests."""

import polars as pl

from assay.analysis.experiments import ab_test
from assay.features.arms import Design, summarise_arms


def run(frame, *, alpha=0.05, assignments=None, **parameters):
    lazy = frame if isinstance(frame, pl.LazyFrame) else frame.lazy()
    summary = summarise_arms(lazy, Design.of(**parameters), assignments=assignments)
    return ab_test(summary, alpha=alpha)


def one(result, metric, arm):
    (found,) = (c for c in result.comparisons if (c.metric, c.arm) == (metric, arm))
    return found

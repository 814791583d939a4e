"""Which method answers when, from the gate to the words of the report."""

import numpy as np
import polars as pl
import pytest

from analysis.experiments.cases import run
from assay.analysis.experiments.effects.independent import independent_evidence
from assay.core.result import record
from assay.features.summary import Sample
from assay.params import Metric
from assay.present.prose.experiments.reading import readings
from assay.present.prose.experiments.used import normality, reasons, references
from assay.stats.comparisons.rates import RateContrast
from assay.stats.moments import Moments
from assay.stats.resampling.permutation import PermutationContrast

AMOUNT = Metric(name="amount", kind="mean", value="x")
SHARE = Metric(name="share", kind="ratio", numerator="y", denominator="d")


def sample(*columns, keep=True):
    columns = tuple(np.asarray(column, dtype=float) for column in columns)
    return Sample(moments=Moments.of(*columns), values=columns if keep else None)


def counted(ones, n):
    return Sample(moments=Moments.of_counts(ones, n), successes=ones)


def evidence(metric, treated, control):
    return independent_evidence(metric, {"B": treated, "A": control}, arm="B", control="A")


def amounts(seed, n, buying=0.05):
    rng = np.random.default_rng(seed)
    return rng.lognormal(3, 1.2, n) * (rng.random(n) < buying)


def test_many_events_are_welchs_and_few_are_scored():
    rate = Metric(name="rate", kind="rate", value="ok")
    many = evidence(rate, counted(120, 1_000), counted(110, 1_000))
    assert (many.method, many.reason) == ("Welch t", None)
    few = evidence(rate, counted(12, 1_000), counted(1, 1_000))
    assert isinstance(few.contrast, RateContrast)
    assert few.method == "score interval, skewness-corrected"
    assert few.reason == "1 success in A is few for a normal curve"
    assert few.at(0.05).difference.low > 0
    failing = evidence(rate, counted(998, 1_000), counted(990, 1_000))
    assert failing.reason == "2 failures in B are few for a normal curve"


def test_skewed_amounts_of_unequal_arms_are_permuted():
    small, large = amounts(1, 100), amounts(2, 900)
    found = evidence(AMOUNT, sample(small), sample(large))
    assert isinstance(found.contrast, PermutationContrast)
    assert found.contrast.scaling
    assert found.reason.startswith("values are skewed and arms unequal")
    assert evidence(AMOUNT, sample(small), sample(amounts(2, 100))).method == "Welch t"
    assert evidence(AMOUNT, sample(small, keep=False), sample(large)).method == "Welch t"
    signed = evidence(AMOUNT, sample(small - 1), sample(large - 1))
    assert not signed.contrast.scaling


def test_ratios_are_permuted_by_unit():
    rng = np.random.default_rng(4)
    trials = [rng.poisson(3, n) + 1 for n in (40, 360)]
    hits = [rng.binomial(d, 0.1) for d in trials]
    found = evidence(SHARE, *(sample(y, d) for y, d in zip(hits, trials, strict=True)))
    assert found.method.startswith("permutation")
    values = [y.sum() / d.sum() for y, d in zip(hits, trials, strict=True)]
    assert (found.value, found.value_control) == pytest.approx(values)
    assert found.contrast.value == pytest.approx(values[0] - values[1])


def test_a_declared_distribution_is_kept():
    rng = np.random.default_rng(5)
    arms = [rng.negative_binomial(0.5, 0.2, n) for n in (60, 540)]
    declared = Metric(name="n", kind="count", value="x", distribution="negative_binomial")
    found = evidence(declared, *(sample(x) for x in arms))
    assert (found.method, found.reason) == ("negative binomial", None)
    open_ = Metric(name="n", kind="count", value="x")
    assert evidence(open_, *(sample(x) for x in arms)).method.startswith("permutation")


def test_the_report_says_which_method_and_why():
    frame = pl.DataFrame(
        {"arm": ["A"] * 900 + ["B"] * 100, "x": np.concatenate((amounts(2, 900), amounts(1, 100)))}
    )
    metric = {"name": "amount", "kind": "mean", "value": "x"}
    result = run(frame, arm="arm", control="A", metrics=[metric], split={"A": 9, "B": 1})
    found = readings(record(result, kind="ab-test"))
    assert reasons(found).startswith("Amount: values are skewed and arms unequal")
    assert "Chung & Romano" in references(found)
    assert normality(found) == ""

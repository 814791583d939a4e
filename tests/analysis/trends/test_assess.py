"""Many series: shared by processes, in order, and the same where none can be started."""

import pickle
import sys
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from analysis.trends.series_of import watched_of
from assay.analysis.trends import Question, assess
from assay.core.errors import DataError

# the module, which the package's function of the same name hides
module = sys.modules["assay.analysis.trends.assess"]


def some(count=4, *, days=40):
    rng = np.random.default_rng(2)
    return [
        watched_of(10 + i + rng.normal(0, 1, days), group=(("agent", f"a{i}"),))
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def alone():
    return assess(some(), Question(workers=1, told=2))


def carried(what):
    return pickle.loads(pickle.dumps(what))  # noqa: S301  what was written here


class Carried:
    """Carries work to where it is done and back as processes do; `benchmarks/trends.py` has real ones."""

    def __init__(self, workers, context):
        assert (workers, context.get_start_method()) == (2, "spawn")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def map(self, work, items, chunksize):
        assert chunksize > 0
        work, items = carried((work, items))
        return carried([work(item) for item in items])


def test_two_processes_tell_what_one_tells(monkeypatch, alone):
    monkeypatch.setattr(module, "ALONE", 2)
    monkeypatch.setattr(module, "ProcessPoolExecutor", Carried)
    assert assess(some(), Question(workers=2, told=2)) == alone


@pytest.mark.parametrize("problem", [OSError("no processes"), BrokenProcessPool("one died")])
def test_without_processes_the_answer_is_the_same(monkeypatch, alone, problem):
    def refused(*_):
        raise problem

    monkeypatch.setattr(module, "ALONE", 2)
    monkeypatch.setattr(module, "ProcessPoolExecutor", refused)
    assert assess(some(), Question(workers=2, told=2)) == alone


def test_points_are_told_of_as_many_series_as_are_asked_for(alone):
    assert [len(one.points) for one in alone.series] == [40, 40, 0, 0]
    assert [len(one.points) for one in assess(some(2), Question()).series] == [40, 40]
    whole = assess(some(), Question(workers=1, told=4))
    assert whole.series[:2] == alone.series[:2]
    assert whole.findings == alone.findings


def test_no_series_is_told():
    with pytest.raises(DataError, match="there is no series"):
        assess([], Question())

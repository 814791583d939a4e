"""The table says which cells fail, worst first, and reads back as it was written."""

import dataclasses
import json

import numpy as np
import pytest

from assay.analysis.experiments.calibration import published, result_of
from assay.analysis.experiments.calibration.fixed import FixedEnd
from assay.analysis.experiments.calibration.formulas import FORMULAS
from assay.analysis.experiments.calibration.jobs import STREAMS, Job, jobs
from assay.analysis.experiments.calibration.outcomes import OUTCOMES, Normal, Revenue
from assay.analysis.experiments.calibration.rows import Row, beyond, share, within
from assay.analysis.experiments.calibration.table import row_of, tabulate
from assay.core.errors import DataError


class Ours:
    """A formula under our name."""

    name = "ours"

    def __init__(self, formula):
        self.answer = formula.answer


@pytest.fixture(scope="module")
def rows():
    found = []
    linear, log, naive = FORMULAS
    fine, poor = Normal(), Revenue("revenue", 0.05, 1.2)
    for outcome, lifts, ours in ((fine, (0.0,), naive), (poor, (0.0, 0.5), linear)):
        design = FixedEnd(outcome, 400, 400, lifts)
        found += design.run(np.random.default_rng(4), 800, (Ours(ours), log, naive))
    return found


@pytest.fixture(scope="module")
def table(rows):
    return tabulate(rows, scale="test", seed=4, made="2026-11-21", version="0")


def test_cells_fail_as_a_whole_and_are_named_worst_first(table):
    assert (table.cells, table.cells_holding) == (2, 1)
    assert {fault.outcome for fault in table.faults} == {"revenue"}
    far = [beyond(fault) for fault in table.faults]
    assert far == sorted(far, reverse=True)
    assert far[-1] > 0
    assert table.figures - table.figures_holding == len(table.faults)
    assert [cell.holds for cell in table.fixed] == [True, False]


def test_formulas_are_summed_up_over_the_same_cells(table):
    ours, log, naive = table.formulas
    assert (ours.by, log.by, naive.by) == ("ours", "log delta", "naive")
    assert ours.cells == log.cells == naive.cells == 3
    assert ours.covering < ours.cells
    assert ours.differing > 0 == naive.differing


def test_a_table_reads_back_as_it_was_written(table):
    body = json.loads(json.dumps(dataclasses.asdict(table)))
    assert result_of(body) == table
    with pytest.raises(DataError, match="no table of calibration: scale"):
        result_of({name: value for name, value in body.items() if name != "scale"})


def test_a_row_reads_back_as_it_was_written(rows):
    assert [row_of(json.loads(json.dumps(dataclasses.asdict(row)))) for row in rows] == rows


def test_shares_and_bands():
    assert share(5, 100) == (0.05, pytest.approx(0.0217945, abs=1e-7))
    assert share(0, 100)[1] == pytest.approx(0.00995, abs=1e-5)
    assert within(0.05, None, 0.05)
    assert not within(float("nan"), None, None)
    row = Row(
        part="p", measure="m", outcome="o", n=1, n_control=1, lift=None, streams=100,
        value=0.08, error=0.01, high=0.05, holds=False,
    )  # fmt: skip
    assert beyond(row) == pytest.approx(3)


def test_a_job_s_draws_depend_on_its_name_and_the_seed_alone():
    design = FixedEnd(Normal(), 20, 20, lifts=(0.0,))
    one, again, other = (Job(key, design, 90).run(1) for key in ("a", "a", "b"))
    assert one == again != other
    assert Job("a", design, 90).run(2) != one


@pytest.mark.parametrize("scale", list(STREAMS))
def test_every_job_has_a_name_of_its_own(scale):
    keys = [job.key for job in jobs(scale)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("part", ["power", "pooling", "families", "beliefs"])
def test_rows_of_every_part_can_be_written(part):
    job = next(job for job in jobs("test") if job.key.startswith(part))
    rows = job.run(1)
    again = [row_of(json.loads(json.dumps(dataclasses.asdict(row)))) for row in rows]
    assert again == rows


def test_the_table_that_ships_can_be_read_and_says_of_what_it_was_made():
    found = published()
    assert found.scale in {"quick", "full"}
    assert found.streams >= 1000
    assert len(found.fixed) == {"quick": 48, "full": 96}[found.scale]
    assert {cell.outcome for cell in found.fixed} == {outcome.name for outcome in OUTCOMES}
    assert found.figures - found.figures_holding == len(found.faults)

"""The whole thread, from a file to a result, as somebody at a command line pulls it."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import polars as pl
import pytest

from assay.app.cli import main
from assay.core.errors import DataError
from assay.workbench.catalogue import find_report
from assay.workbench.execute import injected
from assay.workbench.parameters import Form
from assay.workbench.plan import given_parameters
from assay.workbench.project import Project

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "schemas" / "ab-test.result.json").read_text())
METRICS = (
    "[{name: Solved, kind: rate, value: solved}, {name: Cost, kind: mean, value: cost, unit: USD}]"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assay.toml").touch()
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "10-ab-test.ipynb", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def users(**columns: Any) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    n = 400
    frame = pl.DataFrame(
        {
            "user": [f"u{i}" for i in range(n)],
            "group": ["old", "new"] * (n // 2),
            "solved": rng.random(n) < 0.5,
            "cost": rng.lognormal(size=n),
        }
    )
    return frame.with_columns(**columns)


def given(data: str, control: str) -> list[str]:
    return [f"data={data}", "arm=group", f"control={control}", f"metrics={METRICS}"]


def run_ab_test(
    monkeypatch: pytest.MonkeyPatch, *more: str, data: str = "users.parquet", control: str = "old"
) -> int:
    words = [word for assigned in given(data, control) for word in ("-p", assigned)]
    monkeypatch.setattr(sys, "argv", ["assay", "run", "ab-test", "--out", "out", *words, *more])
    try:
        main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def refusal(*more: str, data: str = "users.parquet", control: str = "old") -> DataError:
    """What the notebook's cells raise, run here: a kernel for each bad file would take minutes."""
    project = Project.at()
    report = find_report(project, "ab-test")
    form = Form.of(report.notebook(), report=report.name)
    asked = given_parameters(project, report, assignments=[*given(data, control), *more])
    values = form.resolve(asked)
    cells = injected(report.notebook(), form, {name: values[name] for name in asked}).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    with pytest.raises(DataError) as refused:
        exec(source, {})  # noqa: S102  our own notebook
    return refused.value


def result_of(project: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(
        (project / "out" / "result.json").read_text(), parse_constant=pytest.fail
    )
    jsonschema.validate(result, SCHEMA)
    return result


def numbers(value: Any, at: str = "") -> dict[str, float]:
    """Every number by the place where it stands."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return {k: v for key, item in inner for k, v in numbers(item, f"{at}/{key}").items()}
    return {at: value} if isinstance(value, int | float) else {}


def nothing_is_left(project: Path) -> bool:
    return not (project / "out").exists() and not (project / "reports").exists()


def test_a_csv_and_a_parquet_file_give_the_same_answer(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users().write_parquet(project / "users.parquet")
    users().write_csv(project / "users.csv")
    answers = []
    for file in ("users.parquet", "users.csv"):
        assert run_ab_test(monkeypatch, data=file) == 0
        answers.append(result_of(project))
    assert numbers(answers[0]["comparisons"]) == pytest.approx(numbers(answers[1]["comparisons"]))
    assert {path.name for path in (project / "out").iterdir()} == {
        "notebook.ipynb",
        "result.json",
        "manifest.json",
    }


def test_a_unit_in_two_arms_is_left_out_and_its_share_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = users().head(1).with_columns(group=pl.lit("new"))
    pl.concat([users(), twice]).write_parquet(project / "users.parquet")
    assert run_ab_test(monkeypatch, "-p", "unit=user") == 0
    result = result_of(project)
    assert result["n"] == 399
    (left_out,) = result["left_out"]
    assert left_out["count"] == 1
    assert left_out["what"] == "units in more than one arm"


def with_missing(value: float | None) -> pl.DataFrame:
    first = pl.int_range(pl.len()) == 0
    return users(
        cost=pl.when(first).then(pl.lit(value, dtype=pl.Float64)).otherwise(pl.col("cost"))
    )


BAD_DATA: list[tuple[str, Callable[[], pl.DataFrame], tuple[str, ...], tuple[str, ...]]] = [
    ("a column that is missing", lambda: users().rename({"cost": "costs"}), (), ("cost", "costs")),
    ("NaN", lambda: with_missing(float("nan")), (), ("Cost", "1 of 400")),
    ("null", lambda: with_missing(None), (), ("Cost", "1 of 400")),
    ("infinite", lambda: with_missing(float("inf")), (), ("Cost", "inf")),
    ("one arm only", lambda: users(group=pl.lit("old")), (), ("old", "one arm")),
    ("an empty arm", users, ("split={old: 1, new: 1, newer: 1}",), ("newer",)),
    ("constant metric", lambda: users(cost=pl.lit(2.0)), (), ("Cost", "constant")),
    ("text in a number", lambda: users(cost=pl.lit("much")), (), ("cost", "400 of 400 rows")),
    (
        "an arm that is null",
        lambda: users(group=pl.when(pl.col("user") == "u3").then(None).otherwise("group")),
        (),
        ("group", "1 row has no arm"),
    ),
    ("no rows", lambda: users().clear(), (), ("no rows",)),
]


@pytest.mark.parametrize(
    ("frame", "more", "said"), [row[1:] for row in BAD_DATA], ids=[row[0] for row in BAD_DATA]
)
def test_data_that_cannot_answer_are_refused_in_words(
    frame: Callable[[], pl.DataFrame], more: tuple[str, ...], said: tuple[str, ...], project: Path
) -> None:
    frame().write_parquet(project / "users.parquet")
    told = str(refusal(*more))
    for word in said:
        assert word in told


def test_a_control_that_is_no_arm_is_refused_with_the_nearest_label(project: Path) -> None:
    users().write_parquet(project / "users.parquet")
    assert "did you mean 'old'?" in str(refusal(control="odl"))


def test_what_the_data_cannot_answer_is_told_by_the_command_without_a_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_missing(None).write_parquet(project / "users.parquet")
    assert run_ab_test(monkeypatch) == 3
    told = capsys.readouterr().err
    assert told.startswith("assay: ")
    assert "1 of 400" in told
    assert "Traceback" not in told
    assert nothing_is_left(project)


def truncated(path: Path) -> None:
    users().write_parquet(path)
    path.write_bytes(path.read_bytes()[:-200])


def scrambled(path: Path) -> None:
    users().write_parquet(path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(bytes(content))


def no_parquet(path: Path) -> None:
    path.write_text("user,group\nu1,old\n")


@pytest.mark.parametrize("make", [truncated, scrambled, no_parquet, Path.touch])
def test_a_corrupt_file_is_refused_in_words(make: Callable[[Path], None], project: Path) -> None:
    make(project / "users.parquet")
    assert "users.parquet" in refusal().message


def test_a_corrupt_file_is_told_by_the_command_without_a_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scrambled(project / "users.parquet")
    assert run_ab_test(monkeypatch) == 3
    told = capsys.readouterr().err
    assert "users.parquet" in told
    assert "Traceback" not in told
    assert nothing_is_left(project)


def test_a_text_far_down_in_a_number_column_of_a_csv_is_found(project: Path) -> None:
    frame = pl.concat([users()] * 50).with_columns(pl.col("cost").cast(pl.String))
    last = frame.tail(1).with_columns(cost=pl.lit("n/a"))
    pl.concat([frame, last]).write_csv(project / "users.csv")
    assert "no number in 1 of 20,001 rows, for example 'n/a'" in str(refusal(data="users.csv"))


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("-p", "contrl=old"), 2, "did you mean 'control'?"),
        (("-p", "alpha=much"), 2, "alpha"),
        (("-p", "window=[2026-11-19, 2026-10-09]", "-p", "time=day"), 2, "before it starts"),
        (("-p", "alpha=0.05", "-p", "alpha=0.1"), 2, "given twice"),
        (("-p", "design=pared"), 2, "paired"),
    ],
)
def test_parameters_that_make_no_sense_start_nothing(
    more: tuple[str, ...],
    code: int,
    said: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    users().write_parquet(project / "users.parquet")
    assert run_ab_test(monkeypatch, *more) == code
    assert said in capsys.readouterr().err
    assert nothing_is_left(project)
    assert not (project / "runs").exists()


def test_a_file_that_is_not_there_starts_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_ab_test(monkeypatch) == 3
    assert "users.parquet" in capsys.readouterr().err
    assert nothing_is_left(project)
    assert not (project / "runs").exists()

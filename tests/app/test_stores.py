"""What is kept: shown, copied, saved, put back, and removed so that it does not come back."""

import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.exports import as_lines
from app.trial import Trial
from app.turns import NOW, bring_again, pseudonym, turn
from assay.data.databases.address import Address
from assay.data.databases.session import session
from assay.data.store import drop_segment
from data.databases.postgres_server import running, why_not


def test_the_store_tells_what_it_holds(filled: Trial) -> None:
    out = filled.done("store", "show")
    day = f"{NOW - timedelta(days=3):%Y-%m-%d}"
    assert "data/store: 2 tables, 0 rows in quarantine" in out
    assert any(line.split()[:2] == ["interactions", "12"] for line in out.splitlines())
    assert "turns.jsonl: 12 records as table" in out
    shown = filled.json("store", "show")
    tables = {name: (told["rows"], told["last"]) for name, told in shown["tables"].items()}
    assert tables["scores"] == (12, None)
    assert tables["interactions"][0] == 12
    assert tables["interactions"][1] in {day, f"{NOW - timedelta(days=4):%Y-%m-%d}"}
    assert [record["label"] for record in shown["imports"]] == ["turns.jsonl", "scores.jsonl"]


@pytest.mark.parametrize(
    "words",
    [
        ("store", "show"),
        ("store", "quarantine"),
        ("store", "backup", "a.tar"),
        ("store", "export", "sqlite:///a.db"),
        ("forget", "--older-than", "1d"),
        ("forget", "--user", "p_0"),
        ("key", "pseudonym"),
    ],
)
def test_before_the_first_import_the_way_to_begin_is_said(
    trial: Trial, words: tuple[str, ...]
) -> None:
    said = trial.run(*words, stdin="x")
    assert said.code == 2
    assert said.err.startswith("assay: ")
    assert "assay import SOURCE" in said.err or "assay key create" in said.err
    assert [path.name for path in trial.root.iterdir()] == ["assay.toml"]


def test_rejected_rows_are_shown_until_a_mended_file_comes(filled: Trial) -> None:
    assert "Nothing is in quarantine." in filled.done("store", "quarantine")
    rows = [turn(n, cost_usd=-1 if n % 2 else 1) for n in range(20, 30)]
    filled.write("bad.jsonl", as_lines(rows))
    filled.done("import", "bad.jsonl", "--max-rejected", "0.5")
    shown = filled.json("store", "quarantine", "--limit", "3")
    assert len(shown) == 3
    assert {tuple(row["reasons"]) for row in shown} == {("cost_usd is below 0",)}
    assert {row["source"] for row in shown} == {"bad.jsonl"}
    assert {row["row"] for row in filled.json("store", "quarantine")} == {2, 4, 6, 8, 10}
    assert "bad.jsonl row 2 (interactions)\n  cost_usd is below 0\n" in filled.done(
        "store", "quarantine"
    )
    filled.write("bad.jsonl", as_lines(turn(n) for n in range(20, 30)))
    filled.done("import", "bad.jsonl")
    assert filled.json("store", "show")["quarantine"] == 0
    assert filled.done("store", "quarantine").count("since then imported anew") == 5


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    if reason := why_not():
        pytest.skip(reason)
    with running() as started:
        yield started.url()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def copy(request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    return "sqlite:///copy.db" if request.param == "SQLite" else request.getfixturevalue("server")


def asked(trial: Trial, url: str, query: str) -> list[tuple[Any, ...]]:
    """What a database answers, by a reader of its own where it is SQLite."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(trial.root / "copy.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    with session(Address.of(url), write=False) as opened:
        return opened.rows(query).rows()


def test_a_database_is_filled_and_then_only_brought_up_to_date(filled: Trial, copy: str) -> None:
    assert "tables are there: " in filled.done("store", "init", copy)
    assert asked(filled, copy, "select count(*) from interactions") == [(0,)]
    done = filled.json("store", "export", copy)
    assert (done["rows"]["interactions"], done["written"]["interactions"]) == (12, 12)
    query = "select interaction_id, user_id, input_tokens from interactions order by 1"
    rows = filled.rows().select("interaction_id", "user_id", "input_tokens").rows()
    assert asked(filled, copy, query) == rows
    assert asked(filled, copy, "select count(*) from scores") == [(12,)]
    assert filled.json("store", "export", copy)["written"]["interactions"] == 0
    filled.write("late.jsonl", as_lines([turn(90, days_ago=20)]))
    filled.done("import", "late.jsonl")
    out = filled.done("store", "export", copy)
    assert "13 rows" in out
    assert "1 written" in out
    filled.done("forget", "--older-than", "10d")
    filled.done("store", "export", copy)
    assert asked(filled, copy, query) == rows


def test_a_database_that_is_not_there_is_told(filled: Trial) -> None:
    for url in ("postgresql://127.0.0.1:1/none", "mysql://host/x", "copy.db"):
        said = filled.refused("store", "export", url)
        assert said.code in {2, 3}
        assert "\n  → " in said.err


@pytest.mark.parametrize("name", ["all.tar.gz", "all.tar.zst", "all.tar"])
def test_a_backup_comes_back_as_it_was(filled: Trial, tmp_path: Path, name: str) -> None:
    before = filled.rows()
    out = filled.done("store", "backup", name)
    assert "The key is not in it" in out
    key = (filled.root / "data/privacy.key").read_bytes().splitlines()[-1]
    archive = (filled.root / name).read_bytes()
    assert key not in archive
    assert stat.S_IMODE((filled.root / name).stat().st_mode) == 0o600
    filled.write("late.jsonl", as_lines([turn(90)]))
    filled.done("import", "late.jsonl")
    assert "--replace" in filled.refused("store", "restore", name).err
    assert len(filled.rows()) == 13
    assert "Back: 24 rows of 2 tables" in filled.done("store", "restore", name, "--replace")
    assert filled.rows().equals(before)
    # In another place, with the key: what was imported is known there.
    other = Trial(tmp_path / "other")
    other.write("assay.toml", "")
    shutil.copytree(filled.root / "data", other.root / "data")
    shutil.rmtree(other.root / "data/store")
    other.done("store", "restore", filled.root / name)
    assert other.rows().equals(before)
    shutil.copy(filled.root / "turns.jsonl", other.root)
    assert other.json("import", "turns.jsonl")["known"] == ["turns.jsonl"]
    assert bring_again(other, "turns.jsonl")["tables"]["interactions"]["unchanged"] == 12


def test_a_damaged_backup_leaves_the_store_alone(filled: Trial) -> None:
    filled.done("store", "backup", "all.tar")
    with tarfile.open(filled.root / "all.tar") as archive:
        offset = next(m.offset_data for m in archive if m.name.endswith(".parquet"))
    content = bytearray((filled.root / "all.tar").read_bytes())
    content[offset + 50] ^= 1
    filled.write("bad.tar", bytes(content))
    filled.write("cut.tar", bytes(content[: offset + 100]))
    filled.write("no.tar", "no archive")
    before = filled.rows()
    for name in ("bad.tar", "cut.tar", "no.tar", "nowhere.tar"):
        said = filled.refused("store", "restore", name, "--replace")
        assert said.code in {2, 3}
        assert name in said.err
    assert filled.rows().equals(before)


def test_old_rows_go_for_good(trial: Trial) -> None:
    old = [turn(n, days_ago=400) for n in range(5)]
    trial.write("log.jsonl", as_lines([*old, *(turn(n) for n in range(10, 16))]))
    trial.write("assay.toml", "[privacy]\nk = 2\n")
    trial.done("import", "log.jsonl")
    out = trial.done("forget", "--older-than", "365d")
    assert "5 rows of interactions removed" in out
    assert "1 daily line kept of them" in out
    assert trial.rows()["input_tokens"].to_list() == list(range(10, 16))
    assert "Nothing to remove." in trial.done("forget", "--older-than", "365d")
    removal = trial.json("audit", "show")[1]["details"]
    assert set(removal) == {"by", "before", "interactions"}
    assert removal["interactions"] == 5
    report = bring_again(trial, "log.jsonl")
    counts = report["tables"]["interactions"]
    assert (counts["expired"], counts["unchanged"], counts["new"]) == (5, 6, 0)
    assert len(trial.rows()) == 6


def test_what_applications_left_is_told_until_it_is_taken_in(filled: Trial) -> None:
    assert "Events of applications wait" not in filled.done("store", "show")
    drop_segment(filled.root / "data/store", "interactions", filled.rows().head(1))
    assert "Events of applications wait" in filled.done("store", "show")
    assert filled.json("store", "show")["inbox"] == 1
    filled.write("late.jsonl", as_lines([turn(90)]))
    filled.done("import", "late.jsonl")
    assert "Events of applications wait" not in filled.done("store", "show")


def test_the_settings_say_what_is_removed_where_the_command_does_not(filled: Trial) -> None:
    filled.write("assay.toml", '[retention]\ninteractions = "2d"\n')
    assert "12 rows of interactions removed" in filled.done("forget")
    assert filled.rows().is_empty()
    assert len(filled.rows("scores")) == 12


def test_a_person_is_removed_everywhere_and_does_not_come_back(filled: Trial) -> None:
    anna = pseudonym(filled, "anna@example.org")
    theirs = filled.rows().filter(pl.col("user_id") == anna)
    assert len(theirs) == 4
    removed = filled.json("forget", "--user", anna)["rows"]
    assert {name: count for name, count in removed.items() if count} == {
        "interactions": 4,
        "scores": 4,
    }
    for table in ("interactions", "scores"):
        kept = filled.rows(table)["interaction_id"]
        assert len(kept) == 8
        assert set(kept).isdisjoint(theirs["interaction_id"])
    assert anna not in filled.rows()["user_id"]
    paths = (filled.root / "data").rglob("*")
    assert not [path for path in paths if path.is_file() and anna.encode() in path.read_bytes()]

    report = bring_again(filled, "turns.jsonl")
    assert report["dropped"] == {"forgotten": 4}
    assert report["tables"]["interactions"]["unchanged"] == 8
    assert bring_again(filled, "scores.jsonl")["dropped"] == {"forgotten": 4}
    filled.done("key", "rotate")
    assert pseudonym(filled, "anna@example.org") != anna
    filled.write("turns.jsonl", as_lines(map(turn, range(15))))  # and three more turns
    report = bring_again(filled, "turns.jsonl")
    assert report["dropped"] == {"forgotten": 5}
    assert report["tables"]["interactions"]["new"] == 2
    assert bring_again(filled, "scores.jsonl")["dropped"] == {"forgotten": 4}
    assert len(filled.rows()) == 10


FORGET: dict[str, tuple[tuple[str, ...], int, str]] = {
    "nobody": (("--user", "p_" + "0" * 26), 3, "assay key pseudonym"),
    "a name": (("--user", "anna@example.org"), 3, "assay key pseudonym"),
    "both": (("--user", "p_0", "--older-than", "1d"), 2, "--user goes alone"),
    "nothing": ((), 2, "--older-than 365d or --user PSEUDONYM"),
    "age": (("--older-than", "soon"), 2, "soon"),
    "table": (("--older-than", "1d", "--table", "turns"), 2, "turns"),
    "timeless": (("--older-than", "1d", "--table", "learners"), 2, "carry no time"),
}


@pytest.mark.parametrize("name", FORGET)
def test_what_cannot_be_removed_is_said_and_nothing_goes(filled: Trial, name: str) -> None:
    words, code, told = FORGET[name]
    said = filled.refused("forget", *words)
    assert (said.code, told in said.err) == (code, True), said
    assert "anna" not in said.err
    assert len(filled.rows()) == 12
    assert [e["what"] for e in filled.json("audit", "show")] == ["import", "import"]

"""Persons who are planted all over the logs are nowhere in what is kept, printed or published."""

import base64
import gzip
import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
import pytest
import zstandard

from app import planted_logs as logs
from app.exports import Record, as_lines
from app.planted import Person, kept, unpacked
from app.trial import Trial
from assay.privacy.fields import FIELDS
from data.adapters.test_langfuse import as_csv

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SURNAMES = (
    "Quackenbush", "Zwiebelmann", "Oberhuemer", "Vandersteeg", "Kowalczuk", "Hrafnsdottir",
    "Ngoyamba", "Featherstone", "Wolkenstein", "Mbarushimana", "Jablonowski", "Przybylski",
)  # fmt: skip
PEOPLE = {
    name: Person(surname, number)
    for number, (name, surname) in enumerate(
        zip(
            (
                "otel", "langfuse", "langfuse parquet", "litellm", "helicone", "table csv",
                "table jsonl", "table parquet", "sqlite", "live", "groups", "reports",
            ),
            SURNAMES, strict=True,
        ),
        11,
    )
}  # fmt: skip
ARMS = "[{name: Solved, kind: rate, value: succeeded}, {name: Cost, kind: mean, value: cost_usd}]"
LIVE = """
import json, sys, assay
rows = json.load(open("logs/live.json"))
with assay.session(user_id=rows["name"], agent_id=rows["name"], ctx_mine=rows["name"]):
    for table, row in rows["rows"]:
        assay.record(table, **row)
    assay.record(**{f"ctx_{rows['name']}": 1, rows["name"]: 1, "ctx_4915198765420": 1})
    assay.record(user_id=rows["name"], odd={rows["name"]: 1}, model=object(), tool=rows["name"].encode())
print(assay.flush(), assay.live_state())
"""


@dataclass(frozen=True)
class Kept:
    """A project that took everything in, and all that is left of it.

    Attributes:
        contents: every file but the sources, and what each command printed, by name.
    """

    trial: Trial
    contents: dict[str, bytes]


def write_logs(trial: Trial) -> None:
    """A log of every format, each with a person of its own."""
    who = PEOPLE
    trial.write("logs/otel.jsonl", logs.otel(who["otel"]))
    for name, records in (
        ("langfuse", logs.langfuse(who["langfuse"])),
        ("scores-of-langfuse", logs.langfuse_scores(who["langfuse"])),
        ("litellm", logs.numbered(logs.litellm(who["litellm"]), who["litellm"], "request_id")),
        ("helicone", logs.numbered(logs.helicone(who["helicone"]), who["helicone"], "response_id")),
    ):
        put(trial, name, list(records), who[name.removeprefix("scores-of-")])
    for table in FIELDS:
        put(trial, table, list(logs.rows_of(table, who["table jsonl"])), who["table jsonl"])
    put(trial, "table", list(logs.rows_of("interactions", who["table csv"])), who["table csv"])
    for name, records in (
        ("langfuse parquet", logs.langfuse(who["langfuse parquet"])),
        ("table parquet", logs.rows_of("interactions", who["table parquet"])),
    ):
        frame(records).write_parquet(trial.root / f"logs/{name.replace(' ', '-')}.parquet")
    rows = frame(logs.rows_of("interactions", who["sqlite"]))
    connection = sqlite3.connect(trial.root / "logs/logs.db")
    connection.execute(f"create table calls ({', '.join(map(json.dumps, rows.columns))})")
    holes = ", ".join("?" * len(rows.columns))
    connection.executemany(f"insert into calls values ({holes})", rows.rows())  # noqa: S608
    connection.commit()
    connection.close()
    trial.write("logs/groups.jsonl", as_lines(logs.groups(who["groups"])))
    for name, text in logs.reports(who["reports"]):
        trial.write(f"logs/reports/{name}", text)
    live = [(table, row) for table in FIELDS for row in logs.rows_of(table, who["live"])]
    name = who["live"].values["name"]
    trial.write("logs/live.json", json.dumps({"name": name, "rows": live}))


def put(trial: Trial, name: str, records: list[Record], person: Person) -> None:
    """Records as JSON lines and as CSV, each with lines that cannot be read."""
    broken = "\n".join(logs.damaged(records, person))
    trial.write(f"logs/{name}.jsonl", as_lines(records) + broken)
    trial.write(f"logs/{name}.csv", texts(records) + broken)


def texts(records: list[Record]) -> str:
    """Records as CSV with all columns that any of them has."""
    names = dict.fromkeys(name for record in records for name in record)
    return as_csv(*({name: record.get(name) for name in names} for record in records))


def frame(records: Iterator[Record]) -> pl.DataFrame:
    """Records as a frame of texts."""
    flat = [
        {n: v if isinstance(v, str) else json.dumps(v) for n, v in record.items()}
        for record in records
    ]
    return pl.DataFrame(flat, infer_schema_length=None)


IMPORTS = (
    ("logs/otel.jsonl",),
    ("logs/langfuse.jsonl",),
    ("logs/langfuse.csv", "--format", "langfuse"),
    ("logs/langfuse-parquet.parquet",),
    ("logs/scores-of-langfuse.jsonl",),
    ("logs/scores-of-langfuse.csv", "--format", "langfuse"),
    ("logs/litellm.jsonl",),
    ("logs/litellm.csv",),
    ("logs/helicone.csv",),
    ("logs/helicone.jsonl",),
    ("logs/table.csv",),
    ("logs/table-parquet.parquet", "--as", "interactions"),
    ("sqlite:///logs/logs.db?table=calls", "--as", "interactions"),
    ("logs/groups.jsonl",),
    ("logs/reports",),
    *((f"logs/{table}.jsonl", "--as", table) for table in FIELDS),
)
SHOWN = (
    ("store", "show"), ("store", "show", "--json"), ("store", "quarantine", "--limit", "100000"),
    ("store", "quarantine", "--limit", "100000", "--json"), ("audit", "show", "--limit", "1000"),
    ("audit", "verify"), ("store", "export", "sqlite:///copy.db"), ("key", "rotate"),
    ("store", "backup", "all.tar.gz"),
)  # fmt: skip


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Everything is imported, recorded, reported on, exported and saved at default settings."""
    trial = Trial(tmp_path_factory.mktemp("planted"))
    trial.write("assay.toml", "")
    for name in ("00-data-quality", "10-ab-test"):
        trial.write(f"notebooks/{name}.ipynb", (NOTEBOOKS / f"{name}.ipynb").read_bytes())
    trial.write("params/data-quality.yaml", "data: store:interactions\n")
    write_logs(trial)
    printed: dict[str, bytes] = {}

    def run(*words: str) -> str:
        said = trial.run(*words)
        assert said.code == 0, said
        printed[f"$ assay {' '.join(words)}"] = f"{said.out}\n{said.err}".encode()
        return said.out

    for number, words in enumerate(IMPORTS):  # one half of them for people, the other for programs
        run("import", *words, "--max-rejected", "1", *(["--json"] if number % 2 else []))
    done = subprocess.run(
        [sys.executable, "-c", LIVE], cwd=trial.root, capture_output=True, check=True
    )
    printed["$ python live.py"] = done.stdout + done.stderr
    run("publish", "data-quality")
    arms = ("experiment=trial", "arm=variant", "control=old", "unit=user_id", f"metrics={ARMS}")
    given = [word for one in (*arms, "segments=[agent_id]") for word in ("-p", one)]
    run("run", "ab-test", "-p", "data=store:interactions", *given)
    for words in SHOWN:
        run(*words)
    contents = dict(kept(trial.root, but=("logs/", "notebooks/")))
    return Kept(trial, contents | printed)


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_is_found_in_what_is_kept_or_printed(left: Kept, name: str) -> None:
    person = PEOPLE[name]
    found = {
        file: what for file, content in left.contents.items() if (what := person.found_in(content))
    }
    assert not found


def test_the_persons_were_there(left: Kept) -> None:
    """What is not found was read, kept under pseudonyms, or set apart."""
    records = left.trial.store.imports()
    reports = list((left.trial.root / "logs/reports").iterdir())  # a folder of files
    assert len(records) == len(IMPORTS) - 1 + len(reports) + 1  # and what was recorded live
    for record in records:
        held = [sum(asdict(counts).values()) for counts in record.tables.values()]
        report = record.label.startswith("logs/reports/")
        assert sum(held) >= (1 if report else 20), record.label
        complete = report or record.label.endswith("groups.jsonl")
        assert record.rejected >= 20 or complete, record.label
    quarantine = left.trial.store.quarantine().collect()
    assert len(quarantine) > 1_000
    rows = left.trial.rows()
    persons = rows["user_id"].drop_nulls()
    assert persons.str.contains(r"^p_[0-9a-f]{26}$").all()
    for name, kind in (("live", "name"), ("otel", "e-mail"), ("sqlite", "card")):
        value = PEOPLE[name].values[kind]
        told = left.trial.done("key", "pseudonym", stdin=value).strip()
        assert told in set(persons), name
        assert told in set(rows["agent_id"]), name
    shown = left.contents["$ assay store quarantine --limit 100000"].decode()
    assert "cost_usd is not a number" in shown
    page = next(c for f, c in left.contents.items() if f.endswith("report.pdf"))
    assert b"Data quality" in page
    result = next(c for f, c in left.contents.items() if f.startswith("runs/ab-test"))
    assert result


HIDDEN = {
    "in plain words": lambda word: word.upper().encode(),
    "with signs between": lambda word: " ".join(word).encode(),
    "in a URL": lambda word: f"?q=Mr%20{word}%20".encode(),
    "in base 64": lambda word: base64.b64encode(f"ab{word}".encode()),
    "in gzip": lambda word: gzip.compress(word.encode()),
    "in zstd": lambda word: b"x" + zstandard.ZstdCompressor().compress(word.encode() * 50),
    "in a stream of PDF": lambda word: b"%PDF stream\n" + zlib.compress(word.encode()),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_the_search_finds_what_is_hidden(tmp_path: Path, way: str) -> None:
    person = PEOPLE["otel"]
    (tmp_path / "some.file").write_bytes(HIDDEN[way](person.surname))
    if "PDF" in way:
        content = b"\n".join(unpacked((tmp_path / "some.file").read_bytes()))
    else:
        ((_, content),) = kept(tmp_path, but=("none",))
    assert person.found_in(content)
    assert not PEOPLE["live"].found_in(content)


@pytest.mark.parametrize("kind", PEOPLE["otel"].values)
def test_the_search_finds_every_planted_value(tmp_path: Path, kind: str) -> None:
    person = PEOPLE["otel"]
    frame_of_one = pl.DataFrame({"a": ["x", person.values[kind]]})
    frame_of_one.write_parquet(tmp_path / "a.parquet", compression="zstd", statistics=False)
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("create table t (a)")
    connection.execute("insert into t values (?)", (person.values[kind],))
    connection.commit()
    connection.close()
    for _, content in kept(tmp_path, but=("none",)):
        assert person.found_in(content)

"""What a check and a report count of a file is what an import takes in of it."""

from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.core.provenance import LeftOut
from assay.data.adapters import ADAPTERS, Options
from assay.data.check import check_file
from assay.data.intake.account import Request, Terms
from assay.data.intake.imports import import_source
from assay.data.quality import quality_of
from assay.data.read import read
from data.adapters.log_files import LogFile

MAPPINGS = Path(__file__).parents[2] / "params" / "mappings"
OURS = "interaction_id,occurred_at,latency_s,model\n"
KEEP = """table: interactions
keep: {event: [sent, true], code: [7]}
columns:
  interaction_id: {row: log}
  occurred_at: {from: at, unit: ms}
  latency_s: took
  ctx_code: code
"""
EVENTS = (
    "event,code,at,took\n"
    "sent,7,1700000000000,1\n"
    "other,7,x,x\n"
    "True,7,1700000000000,fast\n"
    "sent,07,1700000000000,1\n"
    ",8,1700000000000,1\n"
    "sent,7,1700000000000,-1\n"
    "sent,7,1700000000000,2\n"
)
LINES = (
    '{"event":"sent","code":7,"at":1700000000000,"took":1}\n'
    '{"event":"other","code":7,"at":1}\n'
    '{"code":7,"at":1}\n'
    '{"event":"sent","code":7,"at":1700000000000,"took":-2}\n'
)
PUBLIC = {
    "aider": (
        "derived_session_id,event_id,timestamp,user_id,aider_version,main_model,prompt_tokens,"
        "completion_tokens,cost,edit_format,event\n"
        "s,1,2024-06-01T00:00:00Z,u,0.1,m,5,6,0.1,diff,message_send\n"
        "s,2,2024-06-01T00:00:00Z,u,0.1,,,,,,launched\n"
        "s,3,2024-06-01T00:00:00Z,u,0.1,m,-5,6,0.1,diff,message_send\n"
    ),
    "mooncake": (
        "timestamp,input_length,output_length,hash_ids\n0,10,2,a1\n27000,x,5,\n30000,4,5,a1 b2\n"
    ),
    "mooncake_reuse": (
        "timestamp_ms,input_length,output_length,cached_tokens_upper\n0,10,2,4\n9,5,5,9\n3,4,5,\n"
    ),
    "azure": (
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\nsoon,1,2\n"
    ),
    "taubench": (
        "model,domain,task_id,trial,reward,transferred_to_human,first_tool_error,n_user_turns,"
        "n_tool_calls,user_cost\nm,a,1,0,1.0,True,,3,4,0.1\nm,a,2,0,0.5,False,,3,4,0.1\n"
    ),
}


def counts_of_import(path: Path, **asked: str) -> tuple[int, dict[str, int], int, int]:
    """Records read, those skipped, rows rejected, and rows that were let in."""
    place = path.parent / "store"
    terms = Terms(store=place, audit=place / "a", key=path.parent / "key", max_rejected=1)
    report = import_source(Request(source=str(path), format="table", **asked), terms)
    rejected = report.rejected + report.broken
    valid = report.read - rejected - sum(report.skipped.values())
    return report.read, dict(report.skipped), report.rejected, valid


def counts_of_check(path: Path, **asked: str) -> tuple[int, dict[str, int], int, int]:
    report = check_file(path, "interactions", asked.get("mapping"), max_rejected=1)
    skipped = {one.reason: one.count for one in report.skipped}
    checked = read(path, table="interactions", mapping=asked.get("mapping"), max_rejected=1)
    assert checked.source.rows == report.valid == len(checked.valid.collect())
    return report.rows + sum(skipped.values()), skipped, report.rejected, report.valid


def saved(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


ROWS = "a,2026-06-01,1,m\nb,2026-06-02,-1,m\nc,2026-06-03,2,\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", OURS + ROWS),
        ("a.csv", b"\xef\xbb\xbf" + (OURS + ROWS).encode()),
        ("a.csv", "sep=;\n" + (OURS + ROWS).replace(",", ";")),
        ("a.csv", (OURS + ROWS).encode("utf-16")),
        ("a.csv", (OURS + ROWS).encode("utf-16-le")),
        ("a.csv", (OURS + ROWS).replace("\n", "\r")),
        ("a.csv", (OURS + ROWS).replace("\n", "\r\n")),
        ("a.csv", (OURS + ROWS) + "\0" * 50),
        ("a.csv", (OURS + ROWS).replace("model\n", "model,\n")),
        ("a.csv", OURS + ROWS.replace("\n", ",\n")),
        ("a.tsv", (OURS + ROWS).replace(",", "\t")),
        ("a.tab", (OURS + ROWS).replace(",", "\t").replace("m\n", "a,b,c,d,e,f\n")),
    ],
)
def test_files_as_other_programs_write_them(tmp_path: Path, name: str, content: bytes) -> None:
    path = saved(tmp_path, name, content)
    assert counts_of_check(path) == counts_of_import(path) == (3, {}, 1, 2)
    assert check_file(path, "interactions").rejections[0].rows[0].row == 2


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_rows_that_a_mapping_does_not_keep(tmp_path: Path, suffix: str) -> None:
    mapping = str(saved(tmp_path, "m.yaml", KEEP))
    path = saved(tmp_path, f"rows.{suffix}", LINES if suffix == "jsonl" else EVENTS)
    if suffix == "parquet":
        pl.read_csv(path, infer_schema=False).write_parquet(path)
    found = counts_of_check(path, mapping=mapping)
    assert found == counts_of_import(path, mapping=mapping)
    assert found[1].keys() >= {"event is none of sent, true"}
    assert found[2:] == ((1, 1) if suffix == "jsonl" else (2, 2))


def test_numbers_and_keys_of_rows_are_those_of_the_source(tmp_path: Path) -> None:
    mapping = saved(tmp_path, "m.yaml", KEEP)
    path = saved(tmp_path, "rows.csv", EVENTS)
    report = check_file(path, "interactions", mapping, max_rejected=1)
    assert {row.row for one in report.rejections for row in one.rows} == {3, 6}
    checked = read(path, table="interactions", mapping=mapping, max_rejected=1)
    (chunk,) = ADAPTERS["table"].read(LogFile(path, "CSV"), Options(mapping=mapping))
    imported = chunk.found[0].frame["interaction_id"].to_list()
    assert checked.valid.collect()["interaction_id"].to_list() == ["log-1", "log-7"]
    assert imported == ["log-1", "log-3", "log-6", "log-7"]


def test_what_is_not_kept_is_in_the_provenance(tmp_path: Path) -> None:
    mapping = saved(tmp_path, "m.yaml", KEEP)
    path = saved(tmp_path, "rows.csv", EVENTS)
    left = LeftOut(what="rows of interactions", count=2, reason="event is none of sent, true")
    checked = read(path, table="interactions", mapping=mapping, max_rejected=1)
    assert checked.source.left_out[0] == left
    assert quality_of(path, mapping=mapping).source.left_out[0] == left


def test_a_mapping_that_keeps_no_row(tmp_path: Path) -> None:
    mapping = saved(tmp_path, "m.yaml", KEEP.replace("sent, true", "none"))
    path = saved(tmp_path, "rows.csv", EVENTS)
    assert check_file(path, "interactions", mapping).why == "the mapping keeps no row"
    with pytest.raises(DataError, match=r"keeps no row of .*event is none of none \(7 rows\)"):
        read(path, table="interactions", mapping=mapping)


@pytest.mark.parametrize("name", PUBLIC)
def test_mappings_of_public_logs(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, "rows.csv", PUBLIC[name])
    mapping = str(MAPPINGS / f"{name}.yaml")
    found = counts_of_check(path, mapping=mapping)
    assert found == counts_of_import(path, mapping=mapping)
    assert found[3] > 0


def test_a_column_that_no_line_of_json_has(tmp_path: Path) -> None:
    mapping = str(
        saved(tmp_path, "m.yaml", "columns: {interaction_id: i, occurred_at: t, model: m}")
    )
    path = saved(tmp_path, "a.jsonl", '{"i":"a","t":"2026-06-01"}\n{"i":"b","t":"2026-06-02"}\n')
    found = counts_of_check(path, mapping=mapping)
    assert found == counts_of_import(path, mapping=mapping) == (2, {}, 0, 2)

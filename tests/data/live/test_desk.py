import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assay.core import audit
from assay.data.intake.imports import absorb
from assay.data.live.recorder import Recorder
from assay.data.store import Store
from assay.privacy import create_ring, load_ring

Start = Callable[..., Recorder]
Kept = Callable[[str], pl.DataFrame]
PERSON = "anna.planted@example.org"
KEY = "sk-planted0123456789abcdefghijklmnop"


def test_no_person_is_written_anywhere(
    start: Start, project: Path, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = start()
    recorder.record(user_id=PERSON, model=PERSON, error_message=f"no {KEY}", ctx_team=PERSON)
    recorder.record(user_id=PERSON, latency_s=f"{PERSON}", ctx_other=KEY)
    recorder.record(PERSON, user_id=PERSON)
    recorder.record(**{PERSON: KEY})
    recorder.record(interaction_id=PERSON, latency_s=-1)
    recorder.record(model=object(), interaction_id=PERSON)
    with caplog.at_level(logging.DEBUG):
        assert recorder.flush(30) == 6
    found = {"before": _texts(project), "log": caplog.text}
    rows = kept("interactions")
    quarantine = Store.at(project / "data" / "store").quarantine().collect()
    found |= {"after": _texts(project), "quarantine": str(quarantine.to_dicts())}
    found["rows"] = str(rows.to_dicts())
    for where, text in found.items():
        assert "planted" not in text, where
    assert rows.height == 2
    assert quarantine.height == 4
    assert rows["user_id"].drop_nulls().str.starts_with("p_").all()


def _texts(project: Path) -> str:
    """Every byte below the project, and the text of every Parquet file."""
    parts = []
    for path in sorted(project.rglob("*")):
        if path.is_file():
            parts.append(path.name + path.read_bytes().decode("latin-1"))
        if path.suffix == ".parquet":
            parts.append(str(pl.read_parquet(path).to_dicts()))
    return "\n".join(parts)


def test_one_person_has_one_pseudonym_in_all_tables_and_batches(start: Start, kept: Kept) -> None:
    recorder = start()
    recorder.record(user_id=PERSON)
    recorder.flush(30)
    recorder.record("attempts", learner_id=PERSON, skills=["a", "b"])
    recorder.flush(30)
    user, learner = kept("interactions")["user_id"], kept("attempts")["learner_id"]
    assert user.to_list() == learner.to_list()


def test_what_the_project_does_not_allow_is_told(
    start: Start, kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = start()
    with caplog.at_level(logging.WARNING, "assay"):
        for _ in range(2):
            recorder.record(ctx_team="t", ctx_other="s", modle="m", latency_s=-1)
            recorder.record(ctx_team="t", ctx_level=3, modle="m")
            recorder.flush(30)
    told = [each.message for each in caplog.records]
    assert len(told) == 3
    assert any("ctx_other" in text and "context" in text for text in told)
    assert any("'modle'" in text and "'model'" in text for text in told)
    assert any("latency_s is below 0" in text for text in told)
    rows = kept("interactions")
    assert rows["ctx_team"].to_list() == ["t", "t"]
    assert rows["ctx_level"].to_list() == [3, 3]
    assert "ctx_other" not in rows.columns
    assert recorder.state().rejected == 2


def test_consent_that_is_refused_keeps_a_row_out(start: Start, kept: Kept) -> None:
    recorder = start()
    recorder.record(model="a", consent=False)
    recorder.record(model="b", consent=True)
    assert recorder.flush(30) == 2
    assert recorder.state().withheld == 1
    assert kept("interactions")["model"].to_list() == ["b"]


def test_consent_that_is_refused_later_removes_what_was_recorded(
    start: Start, project: Path, kept: Kept
) -> None:
    recorder = start()
    for name in ("i-1", "i-2"):
        recorder.record(interaction_id=name, consent=True)
    recorder.flush(30)
    assert kept("interactions").height == 2
    recorder.record(interaction_id="i-1", consent=False)
    recorder.flush(30)
    data = project / "data"
    with Store.at(data / "store").writing() as writer:
        absorb(writer, load_ring(data / "privacy.key"), data / "audit.jsonl", now=datetime.now(UTC))
    assert kept("interactions")["interaction_id"].to_list() == ["i-2"]
    (noted,) = audit.entries(data / "audit.jsonl")
    assert noted.details == {"because": "consent was withdrawn", "interactions": 1}


def test_settings_that_change_hold_from_then_on(start: Start, project: Path, kept: Kept) -> None:
    recorder = start()
    recorder.record(ctx_new="a")
    recorder.flush(30)
    (project / "assay.toml").write_text('[privacy]\ncontext = ["ctx_new"]\n')
    recorder.record(ctx_new="b")
    recorder.flush(30)
    assert set(kept("interactions")["ctx_new"]) == {None, "b"}


def test_a_store_without_its_key_takes_nothing_under_a_new_one(
    start: Start, project: Path, kept: Kept
) -> None:
    recorder = start()
    recorder.record(user_id=PERSON)
    assert recorder.flush(30) == 1
    key = project / "data" / "privacy.key"
    key.rename(key.with_suffix(".aside"))
    recorder.record(user_id=PERSON)
    assert recorder.flush(30) == 0
    assert not key.exists()
    key.with_suffix(".aside").rename(key)
    assert recorder.flush(30) == 1
    assert kept("interactions")["user_id"].n_unique() == 1


def test_a_store_of_other_keys_takes_nothing(start: Start, project: Path) -> None:
    with Store.create(project / "data" / "store").writing() as writer:
        writer.commit(ring="0123456789ab")
    create_ring(project / "data" / "privacy.key")
    recorder = start()
    recorder.record(user_id=PERSON)
    assert recorder.flush(30) == 0
    assert "0123456789ab" in recorder.state().trouble

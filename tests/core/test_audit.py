import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.audit import START, append, entries, loose_mode, verify
from assay.core.errors import DataError, ParameterError, ProjectError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "audit" / "audit.jsonl"
    for number in range(1, 6):
        append(file, "import", {"rows": number, "source": f"s{number}"}, now=NOW)
    return file


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


def test_an_entry_names_the_hash_of_the_line_before(log: Path) -> None:
    held = lines(log)
    assert [json.loads(line)["before"] for line in held] == [
        START,
        *(sha256(line.rstrip(b"\n")).hexdigest() for line in held[:-1]),
    ]


def test_what_was_appended_is_told_in_order(log: Path) -> None:
    told = list(entries(log))
    assert [entry.number for entry in told] == [1, 2, 3, 4, 5]
    assert told[2].details == {"rows": 3, "source": "s3"}
    assert told[2].at == NOW
    report = verify(log)
    assert report.whole
    assert (report.entries, report.torn, report.mode) == (5, 0, None)


def test_a_moment_is_kept_in_utc(tmp_path: Path) -> None:
    file = tmp_path / "log"
    append(file, "import", now=NOW.astimezone(timezone(timedelta(hours=5))))
    assert json.loads(file.read_bytes())["at"] == "2026-03-01T12:00:00.000000+00:00"


def test_the_head_is_what_append_returned(log: Path) -> None:
    head = append(log, "forget", {"persons": 1}, now=NOW)
    assert verify(log).head == head


@pytest.mark.parametrize("place", range(5))
def test_an_altered_entry_breaks_the_chain(log: Path, place: int) -> None:
    held = lines(log)
    held[place] = held[place].replace(b'"import"', b'"export"')
    log.write_bytes(b"".join(held))
    report = verify(log, head=sha256(lines(log)[-1].rstrip(b"\n")).hexdigest())
    if place < 4:
        assert report.line == place + 2
    else:  # the last line: only who kept the head can tell
        assert report.whole
    assert not verify(log, head=verify_before(held, place)).whole


def verify_before(held: list[bytes], place: int) -> str:
    original = held[place].replace(b'"export"', b'"import"')
    return sha256((original if place == 4 else held[-1]).rstrip(b"\n") + b"").hexdigest()


@pytest.mark.parametrize("place", range(4))
def test_a_removed_entry_breaks_the_chain(log: Path, place: int) -> None:
    held = lines(log)
    log.write_bytes(b"".join(held[:place] + held[place + 1 :]))
    assert verify(log).line == place + 1


@pytest.mark.parametrize("place", range(4))
def test_entries_in_another_order_break_the_chain(log: Path, place: int) -> None:
    held = lines(log)
    held[place], held[place + 1] = held[place + 1], held[place]
    log.write_bytes(b"".join(held))
    assert verify(log).line == place + 1


@pytest.mark.parametrize("place", range(1, 5))
@pytest.mark.parametrize("what", ["copy", "garbage", "empty"])
def test_what_is_inserted_breaks_the_chain(log: Path, place: int, what: str) -> None:
    held = lines(log)
    held.insert(place, {"copy": held[0], "garbage": b"{\n", "empty": b"\n"}[what])
    log.write_bytes(b"".join(held))
    report = verify(log)
    assert report.line == place + 1
    assert report.reason
    with pytest.raises(DataError, match=f"line {place + 1}"):
        list(entries(log))


def test_entries_cut_off_at_the_end_are_found_by_the_head(log: Path) -> None:
    head = verify(log).head
    log.write_bytes(b"".join(lines(log)[:3]))
    assert verify(log).whole
    report = verify(log, head=head)
    assert (report.entries, report.line) == (3, 4)
    assert "cut off" in report.reason
    log.unlink()
    assert not verify(log, head=head).whole


def test_a_head_of_earlier_is_still_in_a_longer_chain(log: Path) -> None:
    head = verify(log).head
    append(log, "publish", {}, now=NOW)
    assert verify(log, head=head).whole


def test_a_log_that_is_not_there_has_no_entries(tmp_path: Path) -> None:
    report = verify(tmp_path / "none")
    assert report.whole
    assert (report.entries, report.head) == (0, START)
    assert list(entries(tmp_path / "none")) == []


@pytest.mark.parametrize("cut", [1, 2, 17, 60])
def test_a_torn_line_is_told_and_does_not_stop_the_log(log: Path, cut: int) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole[:-cut])
    torn, left = (0, 5) if cut == 1 else (1, 4)
    assert verify(log) == verify(log)
    assert (verify(log).entries, verify(log).torn, verify(log).whole) == (left, torn, True)
    append(log, "import", {"rows": 9}, now=NOW)
    append(log, "import", {"rows": 10}, now=NOW)
    report = verify(log)
    assert report.whole
    assert (report.entries, report.torn) == (left + 2, torn)
    assert log.read_bytes().startswith(whole[:-cut])  # nothing is deleted


def test_a_log_torn_twice_goes_on(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"number":6\n{"num')
    append(log, "import", now=NOW)
    assert (verify(log).entries, verify(log).torn, verify(log).whole) == (6, 2, True)


def test_torn_bytes_belong_to_the_chain(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"number":6')
    append(log, "import", now=NOW)
    altered = log.read_bytes().replace(b'{"number":6\n', b'{"number":7\n', 1)
    log.write_bytes(altered)
    assert verify(log).line == 6
    log.write_bytes(altered.replace(b'{"number":7\n', b"", 1))
    assert verify(log).line == 6


def test_a_log_that_is_torn_from_its_first_line_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b'{"number":1,"at"')
    append(file, "import", now=NOW)
    assert (verify(file).entries, verify(file).torn, verify(file).whole) == (1, 1, True)


def test_a_long_torn_end_is_read_back_to_the_last_entry(log: Path) -> None:
    log.write_bytes(log.read_bytes() + b"x" * 200_000)
    append(log, "import", now=NOW)
    assert verify(log).entries == 6


@pytest.mark.parametrize(
    "details",
    [{"rows": [1]}, {"rows": {"a": 1}}, {"rows": NOW}, {"x": float("nan")}, {"x": "long" * 200}],
)
def test_details_are_single_values(tmp_path: Path, details: dict) -> None:
    with pytest.raises(ParameterError, match="detail"):
        append(tmp_path / "log", "import", details, now=NOW)
    assert not (tmp_path / "log").exists()


def test_a_moment_needs_a_time_zone(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="time zone"):
        append(tmp_path / "log", "import", now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("what", ["", "x" * 81])
def test_a_name_is_short(tmp_path: Path, what: str) -> None:
    with pytest.raises(ParameterError, match="short name"):
        append(tmp_path / "log", what, now=NOW)


def test_the_file_is_its_owners_and_a_loose_mode_is_told(log: Path) -> None:
    assert log.stat().st_mode & 0o777 == 0o600
    assert loose_mode(log) is None
    log.chmod(0o644)
    assert verify(log).mode == loose_mode(log) == 0o644


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be written"):
        append(tmp_path, "import", now=NOW)
    with pytest.raises(ProjectError, match="cannot be read"):
        verify(tmp_path)


def test_writers_at_the_same_time_keep_one_chain(tmp_path: Path) -> None:
    file = tmp_path / "log"
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from assay.core.audit import append\n"
        "for n in range(25): append(Path(sys.argv[1]), 'import', {'n': n}, now=datetime.now(UTC))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(file)], env=dict(os.environ))
        for _ in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert (verify(file).entries, verify(file).whole) == (75, True)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_and_appended_to(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("any") / "log"
    file.write_bytes(content)
    file.chmod(0o600)
    verify(file)
    append(file, "import", now=NOW)
    assert verify(file).entries == 1
    assert file.read_bytes().startswith(content)

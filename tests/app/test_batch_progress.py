"""What is told of a batch while it runs: on a terminal, in a log, and to a program."""

import io
import json
import os
import pty
import re
import termios
import time
from fcntl import ioctl
from struct import pack

import pytest

from assay.app.progress import Board, Events, Lines, teller
from assay.workbench.publish import Account, Outcome, Progress

ACCOUNT = Account(
    batch="b", workers=2, items=4,
    to_run=(("ab", "one", 10.0), ("ab", "two", 10.0), ("long-report-name", "default", None)),
)  # fmt: skip


def step(set_name: str, stage: str, cell: int = 0, **more) -> Progress:
    report = "long-report-name" if set_name == "default" else "ab"
    return Progress(
        report=report, set_name=set_name, stage=stage, cell=cell, cells=4 if cell else 0, **more
    )


def test_the_board_tells_each_running_item_and_all() -> None:
    board = Board(io.StringIO(), columns=60)
    board.begun(ACCOUNT)
    board.step(step("one", "running", 2))
    board.step(step("default", "running"))
    now = time.monotonic()
    assert board.lines(now, 60) == [
        "ab · one  cell 2 of 4  0.0 s, about 10 s left",
        "long-report-name  starting  0.0 s",
        "0 of 3 done",
    ]
    board.step(step("default", "rendering"))
    board.step(step("default", "failed", seconds=1.0))
    board.step(step("one", "rendering"))
    assert board.lines(now + 6, 60) == [
        "ab · one  rendering  6.0 s, about 4 s left",
        "1 of 3 done, 1 failed, about 10 s left",
    ]
    assert max(map(len, board.lines(now, 20))) == 19
    assert board.lines(now, 20)[0] == "ab · one  renderin…"


def seen(printed: str, columns: int) -> list[str]:
    """What a terminal shows after that, with the codes that we use."""
    rows, row = [""], 0
    for part in re.findall(r"\x1b\[\d*[A-Z]|\r|\n|[^\x1b\r\n]+", printed):
        if part == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif part.endswith("A") and part.startswith("\x1b"):
            row = max(0, row - int(part[2:-1]))
        elif part == "\x1b[J":
            rows[row:] = [""]
        elif part != "\r":
            assert len(part) < columns, "a line that wraps is drawn wrong the next time"
            rows[row] = part
    return [text for text in rows if text]


@pytest.mark.parametrize("columns", [100, 24])
def test_on_a_terminal_the_lines_are_drawn_in_their_place_and_gone_at_the_end(
    columns: int,
) -> None:
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, pack("HHHH", 30, columns, 0, 0))
    with os.fdopen(theirs, "w") as terminal:
        began = time.monotonic()
        with teller(events=False, out=terminal) as told:
            assert isinstance(told, Board)
            told.begun(ACCOUNT)
            told.step(step("one", "running", 2))
            time.sleep(0.6)
            told.step(step("two", "running", 1))
            time.sleep(0.6)
            during = os.read(ours, 100_000).decode()
            most = 5 * (time.monotonic() - began) + 1
            told.step(step("one", "published", seconds=1.0))
        after = os.read(ours, 100_000).decode()
    os.close(ours)
    shown = seen(during, columns)
    assert [line[:8] for line in shown] == ["ab · one", "ab · two", "0 of 3 d"]
    assert seen(during + after, columns) == []
    assert during.count("0 of 3 done") <= most, "not more than five drawings a second"


def test_elsewhere_plain_lines_tell_beginnings_and_ends() -> None:
    out = io.StringIO()
    with teller(events=False, out=out) as told:
        assert isinstance(told, Lines)
        told.step(step("zero", "current"))
        told.begun(ACCOUNT)
        for cell in (1, 2, 3):
            told.step(step("one", "running", cell))
        told.step(step("one", "retried", error="the worker was killed\n  → more"))
        told.step(step("one", "running", 1, attempt=2))
        told.step(step("one", "rendering"))
        told.step(step("one", "published", seconds=75.0))
    assert out.getvalue().splitlines() == [
        "batch b: 3 to run, 2 at a time",
        "begins     ab · one",
        "again      ab · one: the worker was killed",
        "begins     ab · one",
        "published  ab · one  (1 min 15 s; 1 of 3)",
    ]


def test_a_program_reads_events(capsys: pytest.CaptureFixture[str]) -> None:
    with teller(events=True) as told:
        assert isinstance(told, Events)
        told.begun(ACCOUNT)
        told.step(step("one", "running"))
        told.step(step("one", "running", 1))
        told.step(step("one", "rendering"))
        told.step(step("one", "published", seconds=2.0, version="v"))
        outcome = Outcome(report="ab", set_name="one", state="published", seconds=2.0)
        told.ended([outcome])
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == [
        "batch-started", "item-started", "cell", "item-rendering", "item-published", "batch-ended",
    ]  # fmt: skip
    assert (events[0]["batch"], events[0]["workers"], events[0]["to_run"]) == ("b", 2, 3)
    assert (events[2]["report"], events[2]["set"], events[2]["cell"]) == ("ab", "one", 1)
    assert (events[4]["version"], events[4]["seconds"]) == ("v", 2.0)
    assert events[5]["totals"] == {"published": 1}

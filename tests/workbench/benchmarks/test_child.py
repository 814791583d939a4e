"""What measures, in this process: commands with all they start, calls, and how both may fail."""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assay.core.tags import LETTERS, tag
from assay.workbench.benchmarks import child
from assay.workbench.benchmarks.declared import Trial
from assay.workbench.benchmarks.environment import environment, revision_of
from assay.workbench.benchmarks.hands import FailedError, Processes


def command(tmp_path: Path, *words: str, timeout: float = 20.0) -> dict[str, Any]:
    told = {"stderr": str(tmp_path / "stderr"), "environment": {"WORD": "there"}}
    return child.run_command({"command": list(words), "timeout": timeout, **told})


def test_a_command_is_timed_with_its_processors_and_memory(tmp_path: Path) -> None:
    took = command(tmp_path, "sh", "-c", '[ "$WORD" = there ] && sleep 0.02')
    assert 0.02 <= took["seconds"] < 20
    assert 0 <= took["cpu"] < took["seconds"]
    assert took["memory"] > 1e5


def test_a_failing_command_is_told_by_its_end_and_its_last_words(tmp_path: Path) -> None:
    took = command(tmp_path, "sh", "-c", "echo oh no >&2; exit 3")
    assert took == {"failed": "ended with 3", "told": "oh no"}
    assert command(tmp_path, "sh", "-c", "kill -9 $$")["failed"] == "was ended by signal 9"
    assert "cannot be started" in command(tmp_path, "no-such-program-at-all")["failed"]


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    took = command(tmp_path, "sh", "-c", f"sleep 60 & echo $! > {pid}; sleep 60", timeout=0.1)
    assert took["failed"] == "took more than 0.1 s and was ended"
    for _ in range(100):
        stat = Path(f"/proc/{pid.read_text().strip()}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            break
        time.sleep(0.02)
    else:
        pytest.fail("its child still runs")


def test_calls_are_made_as_often_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    module = SimpleNamespace(
        prepare=lambda items: list(range(items)), work=lambda rows: made.append(len(rows))
    )
    monkeypatch.setitem(sys.modules, "assay_bench_probe", module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    calls = child.Calls()
    given = {"root": str(tmp_path), "arguments": {}, "items": 3}
    told = {"call": "assay_bench_probe:work", "prepare": "assay_bench_probe:prepare"}
    assert calls.open(given | told) == {}
    took = calls.round({"number": 7})
    assert made == [3] * 7
    assert took["seconds"] > 0
    number = calls.fit({"seconds": 0.001})["number"]
    assert number > 10


def test_what_raises_is_told_without_our_own_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    calls = child.Calls()
    given = {"root": str(tmp_path), "prepare": None, "items": 1}
    assert calls.open({"call": "json:loads", "arguments": {"s": "{"}, **given}) == {}
    took = calls.round({"number": 1})
    assert took["failed"].startswith("raised JSONDecodeError: Expecting")
    assert "child.py" not in took["told"]
    for place, what in (
        ("json:nothing", "AttributeError"),
        ("no_such_module:x", "ModuleNotFoundError"),
        ("json:__name__", "is str, expected something to call"),
        ("asyncio:sleep", "is a coroutine function"),
    ):
        assert what in calls.open({"call": place, "arguments": {}, **given})["failed"]


def test_an_empty_workload_tells_what_measuring_adds() -> None:
    told = child.empty_call({"times": 5})
    assert 0 <= told["call"] < 5e-6
    assert 0 <= told["round"] < 1e-4
    assert child.loop({"times": 1})["seconds"] > 0
    assert child.peak() > 1e6


def test_processes_measure_and_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "work_of_a_test.py").write_text(
        "import os\nx = bytearray(60_000_000)\n"
        "def ok(): print('noise')\ndef dies(): os.write(2, b'last words'); os.abort()\n"
    )
    base = {"workload": "w", "provider": "", "size": "quick", "arguments": {}, "items": 1}
    base |= {"environment": {}, "timeout": 30.0}
    with Processes(tmp_path) as hands:
        ok = hands.take(Trial(call="work_of_a_test:ok", **base))
        assert ok.round(3).seconds > 0
        assert 60e6 < (ok.peak() or 0) < 200e6
        ok.close()
        dies = hands.take(Trial(call="work_of_a_test:dies", **base))
        with pytest.raises(FailedError, match="was ended by signal 6") as caught:
            dies.round(1)
        assert (caught.value.told, caught.value.over) == ("last words", True)
        dies.close()
        big = "x = bytearray(60_000_000)"
        run = hands.take(Trial(command=(sys.executable, "-S", "-c", big), **base)).round(1)
        assert 60e6 < (run.memory or 0) < 200e6
        with pytest.raises(FailedError, match="ended with 1"):
            hands.take(Trial(command=("false",), **base)).round(1)
        assert hands.loop() > 0
        folder = Path(hands._folder.name)
    assert not folder.exists()


def test_a_state_of_the_code_has_a_name_of_its_own(tmp_path: Path) -> None:
    if os.system(f"git init -q {tmp_path}"):  # noqa: S605
        pytest.skip("there is no git")
    assert revision_of(tmp_path) == ""
    file = tmp_path / "a.py"
    file.write_text("1")
    git = f"git -C {tmp_path} -c user.name=a -c user.email=a@example.invalid"
    os.system(f"{git} add . && {git} commit -qm one")  # noqa: S605
    clean = revision_of(tmp_path)
    assert len(clean) == 8
    file.write_text("2")
    changed = revision_of(tmp_path)
    assert changed.startswith(f"{clean}-dirty.")
    (tmp_path / "new.py").write_text("3")
    assert len({clean, changed, revision_of(tmp_path)}) == 3
    assert revision_of(tmp_path, besides=[tmp_path / "new.py"]) == changed


def test_the_machine_has_a_name_of_one_word() -> None:
    here = environment()
    assert here.label == environment().label
    assert here.label.rsplit("-", 1)[1].strip(LETTERS) == ""
    assert len({tag(i) for i in range(1000)}) == 1000

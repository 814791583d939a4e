import asyncio
import threading
from contextvars import Context, ContextVar, copy_context
from typing import Any

import pytest

from assay.data.live.recorder import Recorder
from assay.data.live.sessions import AMBIENT, Session


@pytest.fixture
def recorder() -> Recorder:
    """One whose thread never starts, so that what it took can be looked at."""
    made = Recorder(ambient=AMBIENT)
    made._started = True
    return made


def open_session(recorder: Recorder, session_id: object = None, **said: Any) -> Session:
    return Session(recorder, session_id, said)


def taken(recorder: Recorder) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    return [(table, fields, dict(said or {})) for _, _, table, fields, said in recorder._buffer]


def test_what_it_says_holds_for_what_is_recorded_in_it(recorder: Recorder) -> None:
    with open_session(recorder, user_id="u", agent_id=None, ctx_team="t") as session:
        recorder.record(model="m")
    recorder.record(model="n")
    (_, _, inside), (table, row, _), (_, _, after) = taken(recorder)
    assert inside == {"user_id": "u", "ctx_team": "t", "session_id": session.session_id}
    assert after == {}
    assert table == "sessions"
    assert row["session_id"] == session.session_id
    assert row["outcome"] == "completed"
    assert row["started_at"] <= row["ended_at"]
    assert (row["user_id"], row["ctx_team"]) == ("u", "t")


def test_sessions_within_sessions_inherit(recorder: Recorder) -> None:
    with open_session(recorder, "outer", user_id="u", agent_id="a"):
        with open_session(recorder, "inner", agent_id="b"):
            recorder.record()
        recorder.record()
    rows = taken(recorder)
    assert rows[0][2] == {"user_id": "u", "agent_id": "b", "session_id": "inner"}
    assert rows[1][1]["user_id"] == "u"
    assert rows[2][2] == {"user_id": "u", "agent_id": "a", "session_id": "outer"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, asyncio.CancelledError])
def test_an_exception_passes_and_abandons(recorder: Recorder, error: type[BaseException]) -> None:
    with pytest.raises(error), open_session(recorder):
        raise error
    assert taken(recorder)[0][1]["outcome"] == "abandoned"
    assert AMBIENT.get() is None


def test_an_outcome_that_was_set_stands(recorder: Recorder) -> None:
    with open_session(recorder) as session:
        session.outcome, session.satisfaction = "escalated", 0.25
    row = taken(recorder)[0][1]
    assert (row["outcome"], row["satisfaction"]) == ("escalated", 0.25)


def test_tasks_and_threads_have_sessions_of_their_own(recorder: Recorder) -> None:
    async def work(name: str) -> None:
        with open_session(recorder, name):
            await asyncio.sleep(0)
            recorder.record(model=name)
            await asyncio.sleep(0)
            recorder.record(model=name)

    async def main() -> None:
        await asyncio.gather(*(work(f"task {n}") for n in range(5)))

    def thread() -> None:
        asyncio.run(main())
        recorder.record(model="outside")

    with open_session(recorder, "main"):
        worker = threading.Thread(target=thread)
        worker.start()
        worker.join()
    said = [
        (row["model"], said.get("session_id"))
        for t, row, said in taken(recorder)
        if t == "interactions"
    ]
    assert len(said) == 11
    assert all(model == name for model, name in said if model != "outside")
    assert ("outside", None) in said


def test_a_session_that_ends_in_another_context_does_no_harm(recorder: Recorder) -> None:
    session = open_session(recorder, "s")
    one, other = copy_context(), Context()
    one.run(session.__enter__)
    other.run(session.__exit__, None, None, None)
    session.__exit__(None, None, None)
    assert [table for table, _, _ in taken(recorder)] == ["sessions"]
    assert isinstance(AMBIENT, ContextVar)


def test_a_session_that_is_entered_twice_is_recorded_once(recorder: Recorder) -> None:
    session = open_session(recorder)
    with session, session:
        recorder.record()
    assert [table for table, _, _ in taken(recorder)] == ["interactions", "sessions"]

"""What an application calls; one recorder serves the whole process."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any, Final

from assay.data.live.recorder import LiveState, Pace, Recorder
from assay.data.live.sessions import AMBIENT, Session

if TYPE_CHECKING:
    from pathlib import Path

_RECORDER: Final = Recorder(ambient=AMBIENT)
os.register_at_fork(after_in_child=_RECORDER.forked)
atexit.register(_RECORDER.leave)
_EXPLICIT_SECONDS: Final = 30.0

record = _RECORDER.record


def session(
    *,
    user_id: object = None,
    agent_id: object = None,
    session_id: object = None,
    **fields: Any,  # noqa: ANN401
) -> Session:
    """A conversation or working session: what is said here holds for all that is recorded in it.

    Used as `with assay.session(user_id=…, ctx_team=…) as s:`, in threads and in tasks alike.
    Sessions within sessions inherit. At its end a row of `sessions` is recorded, with the outcome
    `abandoned` where an exception ended it and `completed` otherwise, unless `s.outcome` was set.

    Args:
        user_id: a person; only a pseudonym of it is ever written to a disk.
        agent_id: the agent at work.
        session_id: made where none is given.
        fields: further columns of the tables recorded in it, and the user's own (`ctx_…`).
    """
    return Session(_RECORDER, session_id, {"user_id": user_id, "agent_id": agent_id, **fields})


def flush(timeout: float = _EXPLICIT_SECONDS) -> int:
    """Waits until all that was recorded before is safely on the disk, or cannot be written now.

    Args:
        timeout: seconds after which it stops waiting; the writing itself goes on.

    Returns:
        How many events became safe while it waited. They survive whatever happens to the process.
    """
    return _RECORDER.flush(timeout)


def live_state() -> LiveState:
    """What became of everything that this process recorded."""
    return _RECORDER.state()


def configure(
    *,
    project: str | Path | None = None,
    events: int = 1_000,
    seconds: float = 300.0,
    most: int = 100_000,
) -> None:
    """Says where events go and how soon; without it they go to the project around the process.

    Args:
        project: the folder with `assay.toml`; None: `ASSAY_PROJECT`, or upwards from where the
            process stood when it recorded first.
        events: written as soon as so many wait.
        seconds: written at the latest after so long.
        most: events that wait at most; the newest beyond it are not taken.

    Raises:
        ParameterError: where a number is out of its bounds.
    """
    _RECORDER.configure(project, Pace(events=events, seconds=seconds, most=most))

"""Sessions: what is said once and holds for all that is recorded within."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from assay.data.live.events import now

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Token
    from types import TracebackType
    from typing import Self

    from assay.data.live.recorder import Recorder

AMBIENT: Final[ContextVar[Mapping[str, Any] | None]] = ContextVar("assay_session", default=None)
"""What the innermost session of this thread or task says."""

_OF_SESSIONS: Final = frozenset({"user_id", "agent_id"})


class Session:
    """One conversation or working session, from its `with` to the end of the block.

    Attributes:
        session_id: known from the beginning.
        outcome: completed, abandoned or escalated; left None, the way the block ends decides.
        satisfaction: of the user, 0–1.
    """

    def __init__(self, recorder: Recorder, session_id: object, fields: Mapping[str, Any]) -> None:
        self.session_id = session_id
        self.outcome: str | None = None
        self.satisfaction: float | None = None
        self._recorder = recorder
        self._given = {name: value for name, value in fields.items() if value is not None}
        self._began = 0
        self._process = 0
        self._ambient: Mapping[str, Any] = {}
        self._entered: list[tuple[Mapping[str, Any] | None, Token[Mapping[str, Any] | None]]] = []

    def __enter__(self) -> Self:
        outer = AMBIENT.get()
        if not self._entered:
            self._began, self._process = now(), os.getpid()
            if self.session_id is None:
                self.session_id = self._recorder.name(self._began)
        self._ambient = {**(outer or {}), **self._given, "session_id": self.session_id}
        self._entered.append((outer, AMBIENT.set(self._ambient)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._entered:
            return
        outer, token = self._entered.pop()
        try:
            AMBIENT.reset(token)
        except (ValueError, RuntimeError):  # left in another context than it was entered in
            AMBIENT.set(outer)
        if not self._entered and self._process == os.getpid():
            self._record("completed" if kind is None else "abandoned")

    def _record(self, outcome: str) -> None:
        row = {
            "session_id": self.session_id,
            "started_at": self._began,
            "ended_at": max(now(), self._began),
            "outcome": self.outcome or outcome,
            "satisfaction": self.satisfaction,
        }
        said = {
            name: value
            for name, value in self._ambient.items()
            if name in _OF_SESSIONS or name.startswith("ctx_")
        }
        self._recorder.record("sessions", **said, **row)

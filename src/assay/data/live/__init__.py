"""Events that a running application records, on their way into the store of its project."""

from assay.data.live.api import configure, flush, live_state, record, session
from assay.data.live.recorder import LiveState
from assay.data.live.sessions import Session

__all__ = ["LiveState", "Session", "configure", "flush", "live_state", "record", "session"]

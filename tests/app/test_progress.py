import pytest

from assay.app.imports import _told
from assay.data.intake.account import Progress


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        (2.0, 0.25, "█████░░░░░░░░░░░░░░░  25%  log.csv  5,000 records  2,500/s  6 s left"),
        (60.0, 0.5, "██████████░░░░░░░░░░  50%  log.csv  5,000 records  83/s  1:00 min left"),
        (3600.0, 0.25, "█████░░░░░░░░░░░░░░░  25%  log.csv  5,000 records  1/s  3:00 h left"),
        (2.0, None, "log.csv  5,000 records  2,500/s"),
    ],
)
def test_progress_tells_speed_and_what_is_left(
    seconds: float, share: float | None, expected: str
) -> None:
    step = Progress(piece="log.csv", number=1, pieces=1, rows=5000, share=share, seconds=seconds)
    assert _told(step) == expected

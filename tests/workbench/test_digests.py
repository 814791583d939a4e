import hashlib
import os
import time
from pathlib import Path

import pytest

from assay.core.errors import DataError
from assay.workbench.digests import Digests


def aged(path: Path) -> Path:
    """Waits out the margin in which a change could go unseen."""
    status = path.stat()
    while time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) <= 2_000_000_000:
        time.sleep(0.1)
    return path


def test_a_memory_that_cannot_be_kept_is_gone_without(tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("")
    file = tmp_path / "a.txt"
    file.write_text("a")
    digests = Digests(tmp_path / "locked" / "digests.json")
    digests.of(aged(file))
    digests.save()
    assert (tmp_path / "locked").read_text() == ""


def test_a_remembered_hash_counts_only_while_the_file_is_untouched(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_bytes(b"one")
    times = file.stat()
    memory = tmp_path / ".assay/digests.json"
    digests = Digests(memory)
    assert digests.of(aged(file)) == hashlib.sha256(b"one").hexdigest()
    digests.save()
    remembered = memory.read_text()
    memory.write_text(remembered.replace(digests.of(file), "remembered"))
    assert Digests(memory).of(file) == "remembered"
    # Same size, and the old time of change set back: only the time of the inode tells.
    file.write_bytes(b"two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert Digests(memory).of(file) == hashlib.sha256(b"two").hexdigest()


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_bytes(b"one")
    digests = Digests(tmp_path / "digests.json")
    digests.of(file)
    digests.save()
    assert not (tmp_path / "digests.json").exists()


@pytest.mark.parametrize("memory", ["", "[]", '{"x": 3}', "{"])
def test_a_torn_memory_is_forgotten(tmp_path: Path, memory: str) -> None:
    (tmp_path / "digests.json").write_text(memory)
    (tmp_path / "data").write_bytes(b"")
    assert Digests(tmp_path / "digests.json").of(tmp_path / "data") == hashlib.sha256().hexdigest()


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone cannot be read: No such file"):
        Digests(tmp_path / "digests.json").of(tmp_path / "gone")

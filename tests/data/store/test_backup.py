"""A backup holds the whole store; a restore verifies all of it before it replaces anything."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from contextlib import suppress
from datetime import date

import pytest

from assay.core.errors import DataError, ProjectError
from assay.data.store import Counts, Store, backup, drop_segment, restore
from data.store.store_cases import bring, frame, held, interaction


@pytest.fixture
def store(tmp_path) -> Store:
    made = Store.create(tmp_path / "store")
    bring(made, "a", frame([interaction(f"i{n}", n) for n in range(50)]))
    return made


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.zst"])
def test_a_restored_store_is_the_one_that_was_backed_up(store, tmp_path, suffix) -> None:
    file = tmp_path / f"copy{suffix}"
    drop_segment(store.folder, "interactions", frame([interaction("late", 1)]))
    assert backup(store.folder, file) == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restore(file, tmp_path / "other")
    other = Store.at(tmp_path / "other")
    assert other.warnings == ()
    assert held(other) == held(store)
    assert other.fingerprint("interactions") == store.fingerprint("interactions")
    assert other.absorb_if_free() == 1
    assert bring(other, "b", frame([interaction("i0", 0)])) == Counts(unchanged=1)
    with pytest.raises(ProjectError, match="is there already"):
        backup(store.folder, file)


def test_a_store_with_rows_is_replaced_only_when_that_is_said(store, tmp_path) -> None:
    file = tmp_path / "copy.tar"
    backup(store.folder, file)
    old = held(store)
    bring(store, "b", frame([interaction("j", 0)]))
    with pytest.raises(ProjectError, match="--replace"):
        restore(file, store.folder)
    assert len(held(store)) == 51
    restore(file, store.folder, replace=True)
    assert held(store) == old
    with store.writing() as writer:
        assert not writer.has("b")


def test_cut_offs_of_the_store_that_is_replaced_hold_on(store, tmp_path) -> None:
    file = tmp_path / "copy.tar"
    backup(store.folder, file)
    with store.writing() as writer:
        writer.forget_older({"interactions": date(2026, 1, 2)})
    restore(file, store.folder, replace=True)
    assert bring(store, "b", frame([interaction("early", 1)])) == Counts(expired=1)


def test_the_forgotten_do_not_come_back_with_a_backup(store, tmp_path) -> None:
    person = "p_" + "0" * 26
    mine = [interaction(f"j{n}", 30, user_id=person, session_id="s") for n in range(3)]
    bring(store, "b", frame([*mine, interaction("j4", 30, session_id="s")]))
    file = tmp_path / "copy.tar.zst"
    backup(store.folder, file)
    with store.writing() as writer:
        assert writer.forget_person(person, length=1).rows == {"interactions": 4}
    left = held(store)
    restore(file, store.folder, replace=True)
    assert held(store) == left
    assert store.forgotten().has(person, 1)
    assert bring(store, "c", frame([interaction("i0", 0)])) == Counts(unchanged=1)


def test_damage_anywhere_is_told_and_changes_nothing(store, tmp_path) -> None:
    file = tmp_path / "copy.tar.zst"
    backup(store.folder, file)
    content = file.read_bytes()
    before = held(store)
    for at in range(0, len(content), len(content) // 12):
        for broken in (
            content[:at],
            content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :],
        ):
            file.write_bytes(broken)
            with suppress(DataError):  # a flipped bit may also fall where nothing is said
                restore(file, store.folder, replace=True)
            assert held(store) == before
    with pytest.raises(ProjectError, match="does not exist"):
        restore(tmp_path / "none.tar", store.folder, replace=True)
    with pytest.raises(ProjectError, match="how it is packed"):
        restore(tmp_path / "none.zip", store.folder, replace=True)


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", "a//b", ".hidden"])
def test_nothing_is_unpacked_outside(tmp_path, name) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(DataError, match="damaged or no backup"):
        restore(file, tmp_path / "deep" / "other")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "deep" / "out").exists()


def test_links_and_missing_files_are_refused(store, tmp_path) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as archive:
        link = tarfile.TarInfo("interactions")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    with pytest.raises(DataError, match="holds 'interactions'"):
        restore(file, tmp_path / "other")
    content = (store.folder / "manifest.json").read_bytes()
    sums = json.dumps({"manifest.json": hashlib.sha256(content).hexdigest()}).encode()
    with tarfile.open(file, "w") as archive:
        for name, held_there in (("manifest.json", content), ("checksums.json", sums)):
            member = tarfile.TarInfo(name)
            member.size = len(held_there)
            archive.addfile(member, io.BytesIO(held_there))
    with pytest.raises(DataError, match="are missing"):
        restore(file, tmp_path / "other")

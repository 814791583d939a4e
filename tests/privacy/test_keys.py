import base64
import os
from pathlib import Path

import pytest

from assay.core.errors import ProjectError
from assay.privacy.keys import KeyRing, create_ring, load_ring, rotate

ONE, TWO = bytes(range(32)), bytes(range(100, 140))


def written(file: Path, text: str, mode: int = 0o600) -> Path:
    file.write_text(text)
    file.chmod(mode)
    return file


def test_a_new_ring_has_one_key_of_256_bits_in_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "data" / "privacy.key"
    ring = create_ring(file)
    assert [len(key) for key in ring.keys] == [32]
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_ring(file, {}) == ring
    assert list(file.parent.iterdir()) == [file]


def test_two_rings_differ(tmp_path: Path) -> None:
    assert create_ring(tmp_path / "a").keys != create_ring(tmp_path / "b").keys


def test_a_ring_is_never_written_over(tmp_path: Path) -> None:
    create_ring(tmp_path / "key")
    before = (tmp_path / "key").read_text()
    with pytest.raises(ProjectError, match="is there already"):
        create_ring(tmp_path / "key")
    assert (tmp_path / "key").read_text() == before


def test_rotation_adds_a_key_and_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "key"
    first = create_ring(file)
    second = rotate(file)
    third = rotate(file)
    assert third.keys[:1] == first.keys
    assert third.keys[:2] == second.keys
    assert load_ring(file, {}) == third
    assert file.stat().st_mode & 0o777 == 0o600
    assert third.ids[:2] == (first.id, second.id)
    assert len({*third.ids}) == 3


@pytest.mark.parametrize(
    "form",
    [
        bytes.hex,
        lambda k: k.hex().upper(),
        lambda k: base64.b64encode(k).decode(),
        lambda k: base64.urlsafe_b64encode(k).decode().rstrip("="),
    ],
)
def test_keys_are_hexadecimal_or_base64(tmp_path: Path, form) -> None:
    file = written(tmp_path / "key", f"# ours\n{form(ONE)}  # first\n\n{form(TWO)}\n")
    assert load_ring(file, {}).keys == (ONE, TWO)
    given = f"{form(ONE)}, {form(TWO)}"
    assert load_ring(tmp_path / "none", {"ASSAY_PRIVACY_KEY": given}).keys == (ONE, TWO)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    create_ring(tmp_path / "key")
    ring = load_ring(tmp_path / "key", {"ASSAY_PRIVACY_KEY": ONE.hex()})
    assert ring.keys == (ONE,)
    create = load_ring(tmp_path / "key", {"ASSAY_PRIVACY_KEY": " "})
    assert create.keys != (ONE,)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "key", ONE.hex(), mode)
    with pytest.raises(ProjectError, match=f"{mode:03o}") as told:
        load_ring(file, {})
    assert f"chmod 600 {file}" in told.value.remedy
    with pytest.raises(ProjectError, match="600"):
        rotate(file)


def test_a_read_only_key_is_fine(tmp_path: Path) -> None:
    assert load_ring(written(tmp_path / "key", ONE.hex(), 0o400), {}).keys == (ONE,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        ("abc", "line 1"),
        (ONE.hex() + "\nnot a key!", "line 2"),
        (ONE[:31].hex(), "31 bytes"),
        ("00" * 32, "not random"),
        ("ab" * 40, "not random"),
        (f"{ONE.hex()}\n{ONE.hex()}", "twice"),
        ("ключ", "no ASCII"),
    ],
)
def test_what_is_no_key_is_told_without_quoting_it(tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path / "key", text)
    with pytest.raises(ProjectError, match=says) as told:
        load_ring(file, {})
    for word in text.split():
        assert len(word) < 10 or word not in str(told.value)


def test_no_key_at_all_names_both_places(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="ASSAY_PRIVACY_KEY") as told:
        load_ring(tmp_path / "none", {})
    assert str(tmp_path / "none") in str(told.value)


def test_an_unreadable_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        load_ring(tmp_path, {})
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="cannot be written"):
        create_ring(tmp_path / "file" / "key")


def test_an_empty_ring_is_none() -> None:
    with pytest.raises(ProjectError, match="empty"):
        KeyRing(())


def test_neither_text_nor_ids_reveal_a_key() -> None:
    ring = KeyRing((ONE, TWO))
    told = repr(ring) + str(ring) + " ".join(ring.ids)
    for key in ring.keys:
        assert key.hex()[:8] not in told
        assert repr(key)[2:-1] not in told
    assert all(len(name) == 12 for name in ring.ids)
    assert ring.id == KeyRing((ONE, TWO)).id
    assert ring.id != KeyRing((TWO, ONE)).id


def test_a_killed_rotation_leaves_the_old_ring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    ring = create_ring(file)

    def killed(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        rotate(file)
    assert load_ring(file, {}) == ring
    assert list(tmp_path.iterdir()) == [file]

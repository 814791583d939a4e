"""The keys of the pseudonyms: a ring of them, oldest first, in a file of its owner."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "ASSAY_PRIVACY_KEY"
KEY_BYTES: Final = 32
PRIVATE: Final = 0o600
_DISTINCT: Final = 12  # of 32 random bytes fewer differ with a chance below 1e-17
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_HEAD: Final = (
    "# Keys of the pseudonyms, one a line, oldest first. Whoever has them can tell who is who;\n"
    "# without them no later import gets the same pseudonyms. Keep a copy elsewhere.\n"
)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys oldest first; a pseudonym goes through all of them in turn.

    Neither its text form nor its ids reveal a key: an id is 12 hexadecimal digits of a hash over
    keys of at least 256 random bits.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise ProjectError("the key ring is empty, expected at least one key")
        for number, key in enumerate(self.keys, 1):
            _check(key, f"key {number} of {len(self.keys)}")
        if len(set(self.keys)) != len(self.keys):
            raise ProjectError(
                "the key ring holds the same key twice",
                remedy="remove the repetition; a rotation adds a new key",
            )

    @property
    def id(self) -> str:
        """What tells this ring from others, in public."""
        return self.ids[-1]

    @property
    def ids(self) -> tuple[str, ...]:
        """The id that the ring had when it held its first key, its first two, and so on."""
        running = hashlib.sha256(b"assay key ring\0")
        ids = []
        for key in self.keys:
            running.update(hashlib.sha256(key).digest())
            ids.append(running.hexdigest()[:12])
        return tuple(ids)

    def __len__(self) -> int:
        return len(self.keys)


def load_ring(file: Path, environ: Mapping[str, str] = os.environ) -> KeyRing:
    """The project's keys: of the environment where it has them, otherwise of the file.

    Args:
        file: one key a line, hexadecimal or base64, oldest first; `#` starts a comment.
        environ: `ASSAY_PRIVACY_KEY` holds keys divided by commas, oldest first.

    Raises:
        ProjectError: where there is no key, one cannot be read or is weak, or others may read the
            file.
    """
    if given := environ.get(VARIABLE, "").strip():
        texts = [text.strip() for text in given.split(",")]
        return KeyRing(
            tuple(_key(text, f"key {n} of {VARIABLE}") for n, text in enumerate(texts, 1))
        )
    return _read(file)


def create_ring(file: Path) -> KeyRing:
    """A ring of one new random key, written to a file that only its owner may read.

    Raises:
        ProjectError: where the file is there already, since its keys must not be lost, or cannot
            be written.
    """
    if file.exists() or file.is_symlink():
        raise ProjectError(
            f"{file} is there already; a new key would give everyone a second pseudonym",
            remedy="add a key by rotation, or move the file away",
        )
    ring = KeyRing((secrets.token_bytes(KEY_BYTES),))
    _write(file, ring, replace=False)
    return ring


def rotate(file: Path) -> KeyRing:
    """The file's ring with one new key at its end; the file is replaced at once or not at all.

    Pseudonyms that are stored go through the new key (`Pseudonyms.advanced`), so that a person
    keeps one pseudonym. The old keys stay: they are part of every pseudonym.

    Raises:
        ProjectError: as for `load_ring`, or where the file cannot be written.
    """
    ring = KeyRing((*_read(file).keys, secrets.token_bytes(KEY_BYTES)))
    _write(file, ring, replace=True)
    return ring


def _read(file: Path) -> KeyRing:
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            content = opened.read()
    except FileNotFoundError:
        raise ProjectError(
            f"there is no key for pseudonyms: neither {VARIABLE} nor the file {file}",
            remedy=f"create one with `assay key create`, or set {VARIABLE}",
        ) from None
    except OSError as error:
        raise ProjectError(f"{file} cannot be read: {error.strerror}") from None
    if mode & 0o177:
        raise ProjectError(
            f"{file} has mode {mode:03o}, expected 600: others than its owner could read the keys",
            remedy=f"chmod 600 {file}; where others had access, rotate the key",
        )
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise ProjectError(
            f"{file} is no list of keys: it holds bytes that are no ASCII text",
            remedy="expected one key a line, hexadecimal or base64",
        ) from None
    stripped = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1)]
    keys = tuple(_key(text, f"line {number} of {file}") for number, text in stripped if text)
    if not keys:
        raise ProjectError(
            f"{file} holds no key", remedy="restore it from a copy; a new key gives new pseudonyms"
        )
    return KeyRing(keys)


def _key(text: str, where: str) -> bytes:
    """The bytes of one key; messages never quote it."""
    if _HEX.fullmatch(text):
        key = bytes.fromhex(text)
    else:
        try:
            padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
            key = base64.b64decode(padded.translate(str.maketrans("-_", "+/")), validate=True)
        except (binascii.Error, ValueError):
            raise ProjectError(
                f"{where} is neither hexadecimal nor base64 ({len(text)} characters)",
                remedy="expected at least 32 bytes, such as 64 hexadecimal digits",
            ) from None
    _check(key, where)
    return key


def _check(key: bytes, where: str) -> None:
    if len(key) < KEY_BYTES:
        raise ProjectError(
            f"{where} has {len(key)} bytes, expected at least {KEY_BYTES}",
            remedy="make one with `openssl rand -hex 32`",
        )
    if len(set(key)) < _DISTINCT:
        raise ProjectError(
            f"{where} is not random: {len(key)} bytes with {len(set(key))} different values",
            remedy="make one with `openssl rand -hex 32`",
        )


def _write(file: Path, ring: KeyRing, *, replace: bool) -> None:
    text = _HEAD + "".join(f"{key.hex()}\n" for key in ring.keys)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as opened:
                os.fchmod(opened.fileno(), PRIVATE)
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            if replace:
                draft.replace(file)
            else:
                _link(draft, file)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise ProjectError(f"{file} cannot be written: {error.strerror}") from None


def _link(draft: Path, file: Path) -> None:
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        raise ProjectError(
            f"{file} was created by somebody else just now", remedy="use the key that it holds"
        ) from None

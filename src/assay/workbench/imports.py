"""What source code imports; remembered, since to parse hundreds of modules takes a second."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections import deque
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.workbench.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_IMPORT_LINE = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+))", re.MULTILINE
)
_MOST: Final = 5_000
"""Beyond as many files only those that are asked for are remembered."""


@dataclass(frozen=True, slots=True)
class Import:
    """`from ..a import b` is (level 2, module "a", name "b")."""

    level: int
    module: str
    name: str | None = None


class Imports:
    """Imports of source files by the hash of their text, kept from one command to the next.

    They are forgotten where Python or the way of reading them has changed.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known = _load(memory)
        self._asked: dict[str, tuple[Import, ...]] = {}

    def of(self, path: Path) -> tuple[Import, ...]:
        """What the file imports; nothing where it cannot be read."""
        try:
            content = path.read_bytes()
            source = content.decode()
        except (OSError, UnicodeDecodeError):
            return ()
        digest = hashlib.sha256(content).hexdigest()
        known = self._known.get(digest)
        self._asked[digest] = imports_in(source) if known is None else known
        return self._asked[digest]

    def save(self) -> None:
        """Keeps what was learnt for the next time; where nothing can be kept, goes without."""
        if self._asked.keys() <= self._known.keys():
            return
        together = self._known | self._asked
        self._known = together if len(together) <= _MOST else dict(self._asked)
        files = {
            digest: [astuple(found) for found in imports] for digest, imports in self._known.items()
        }
        with suppress(ProjectError):
            write_atomically(self._memory, json.dumps({"read by": _reader(), "files": files}))


@lru_cache(maxsize=4096)
def imports_in(source: str) -> tuple[Import, ...]:
    """What the code imports; what cannot be parsed is read line by line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return tuple(_roughly(source))
    nodes = ast.walk(tree) if "import_module" in source else _statements(tree)
    return tuple(dict.fromkeys(_exactly(nodes)))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Where code imports by statements alone, nobody need look into its expressions."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting.extend(getattr(node, block, ()))


def _exactly(nodes: Iterable[ast.AST]) -> Iterator[Import]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (Import(0, name.name) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from (Import(level, module or "", name.name) for name in names)
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str() as module), *_],
            ):
                yield Import(0, module)


def _roughly(source: str) -> Iterator[Import]:
    for found in _IMPORT_LINE.finditer(source):
        if found[1]:
            yield Import(0, found[1].lstrip("."))
        for name in (found[2] or "").split(","):
            if name.strip():
                yield Import(0, name.split()[0])


@cache
def _reader() -> str:
    """What the imports were found by: this file, and the grammar of this Python."""
    here = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return f"{sys.implementation.cache_tag} {here}"


def _load(memory: Path) -> dict[str, tuple[Import, ...]]:
    try:
        kept = json.loads(memory.read_bytes())
        if kept["read by"] != _reader():
            return {}
        return {
            digest: tuple(Import(*found) for found in imports)
            for digest, imports in kept["files"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}

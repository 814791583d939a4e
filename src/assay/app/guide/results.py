"""The reference of result files, made from their published JSON schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS: Final = Path(__file__).with_name("schemas")
_ENDING: Final = ".result.json"
HEAD: Final = Path(__file__).with_name("results.md")
"""What is the same for every kind, written by hand."""


def results_page() -> str:
    """Markdown: the fields of `manifest.json`, and of each kind of `result.json`."""
    lines = [HEAD.read_text(encoding="utf-8")]
    for file in sorted(SCHEMAS.glob(f"*{_ENDING}")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        lines += _kind(file.name.removesuffix(_ENDING), schema)
    return "\n".join(lines)


def _kind(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"## Kind {name}"
    yield ""
    yield from _table(schema)
    for part, inner in sorted(schema.get("$defs", {}).items()):
        if inner.get("properties"):
            yield f"### {part} (of {name})"
            yield ""
            yield _first(inner)
            yield ""
            yield from _table(inner)


def _table(schema: dict[str, Any]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    yield "| field | is | always there |"
    yield "|---|---|---|"
    for field, inner in schema.get("properties", {}).items():
        yield f"| `{field}` | {_is(inner)} | {'yes' if field in required else 'no'} |"
    yield ""


def _is(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_is(option) for option in schema["anyOf"]))
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return f"list of {_is(items)}" if items else "list"
    return str(schema.get("type", "anything"))


def _first(schema: dict[str, Any]) -> str:
    """What the part is, in one sentence."""
    return re.split(r"\n\s*\n", str(schema.get("description", "")).strip())[0].replace("\n", " ")

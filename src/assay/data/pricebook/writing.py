"""New lines of the price book, put into its files so that all else stays as it is written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import yaml

from assay.core.errors import ParameterError
from assay.data.pricebook.lines import AMOUNTS
from assay.data.pricebook.marked import marked_text
from assay.data.pricebook.read import RATES, marked_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from assay.data.pricebook.lines import Line

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*[A-Za-z0-9]")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_WIDTH: Final = 100


def with_lines(files: Sequence[Path], folder: Path, lines: Sequence[Line]) -> dict[Path, str]:
    """The files of a book that change, with their new text.

    A line of a model that a file has comes last among its prices; a new model comes last in the
    file of its provider, which is made where there is none.

    Raises:
        ParameterError: where a file is written so that it cannot be edited without loss.
    """
    texts = {file: file.read_bytes().decode() for file in files if file.name != RATES}
    written = {file: marked_lines(marked_text(text, file.name)) for file, text in texts.items()}
    found: dict[Path, str] = {}
    for file, new in _sorted(lines, written, folder).items():
        before = texts.get(file, "")
        text = _edited(before, new) if before else _made(new)
        had = [_same(line) for line in written.get(file, [])]
        got = [_same(line) for line in marked_lines(marked_text(text, file.name))]
        if sorted(map(repr, got)) != sorted(map(repr, [*had, *map(_same, new)])):
            raise ParameterError(
                f"{file.name} cannot be edited without loss",
                remedy="write its prices as a list of lines below each other, or add these by hand",
            )
        found[file] = text
    return found


def _same(line: Line) -> tuple[object, ...]:
    numbers = tuple(getattr(line, name) for name in AMOUNTS)
    dated = (line.tier, line.currency, line.since, line.until, line.batch_factor, line.source)
    return (line.provider, line.model, *dated, *numbers)


def _sorted(
    lines: Sequence[Line], written: Mapping[Path, Sequence[Line]], folder: Path
) -> dict[Path, list[Line]]:
    """Which file gets which lines: that of the model, that of the provider, or a new one."""
    models = {(old.provider, old.model): file for file, has in written.items() for old in has}
    providers = {old.provider: file for file, has in written.items() for old in has}
    found: dict[Path, list[Line]] = {}
    for line in lines:
        file = models.get((line.provider, line.model)) or providers.get(line.provider)
        if file is None:
            name = re.sub(r"[^a-z0-9_-]+", "_", line.provider.lower()).strip("_") or "others"
            file = folder / f"{name}.yaml"
            while file in written or file.name == RATES:
                file = file.with_stem(f"{file.stem}_")
            providers[line.provider] = file
        found.setdefault(file, []).append(line)
    return found


def _edited(text: str, lines: Sequence[Line]) -> str:
    """The text with lines put in from the end, so that places before them stay."""
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    models = _child(root, "models")
    if not isinstance(models, yaml.MappingNode) or models.flow_style:
        return text
    rows = text.splitlines()
    puts: list[tuple[int, list[str]]] = []
    fresh: dict[str, list[Line]] = {}
    for line in lines:
        prices = _child(_child(models, line.model), "prices")
        if prices is None:
            fresh.setdefault(line.model, []).append(line)
        elif isinstance(prices, yaml.SequenceNode) and not prices.flow_style:
            at = _last(rows, prices.end_mark.line, prices.value[-1].start_mark.line)
            puts.append((at, _entry(line, prices.start_mark.column)))
    indent = models.value[0][0].start_mark.column
    end = _last(rows, models.end_mark.line, models.value[-1][0].start_mark.line)
    puts += [(end, _model(name, new, indent)) for name, new in fresh.items()]
    below: dict[int, list[str]] = {}
    for at, put in puts:
        below.setdefault(at, []).extend(put)
    for at in sorted(below, reverse=True):
        rows[at + 1 : at + 1] = below[at]
    ending = "\r\n" if "\r\n" in text else "\n"
    return ending.join(rows) + ending


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((inner for name, inner in node.value if name.value == key), None)


def _last(rows: Sequence[str], end: int, start: int) -> int:
    """The last row before `end` that is neither empty nor a comment of what follows."""
    at = min(end, len(rows) - 1)
    if at > start and at == end:
        at -= 1
    while at > start and (not rows[at].strip() or rows[at].lstrip().startswith("#")):
        at -= 1
    return at


def _made(lines: Sequence[Line]) -> str:
    provider = lines[0].provider
    models: dict[str, list[Line]] = {}
    for line in lines:
        models.setdefault(line.model, []).append(line)
    rows = [f"provider: {_name(provider)}", "currency: USD", "models:"]
    rows += [row for name, new in models.items() for row in _model(name, new, 2)]
    return "\n".join(rows) + "\n"


def _model(name: str, lines: Sequence[Line], indent: int) -> list[str]:
    space = " " * indent
    entries = [row for line in lines for row in _entry(line, indent + 4)]
    return [f"{space}{_name(name)}:", f"{space}  prices:", *entries]


def _entry(line: Line, indent: int) -> list[str]:
    amounts = {
        "input": line.input,
        "cache_read": line.cache_read,
        "cache_write": line.cache_write,
        "cache_write_1h": line.cache_write_1h,
        "output": line.output,
        "batch_factor": line.batch_factor,
        "per_request": line.per_request,
    }
    parts = [f"from: {line.since}"]
    parts += [f"tier: {_name(line.tier)}"] if line.tier != "standard" else []
    parts += [f"{name}: {_number(value)}" for name, value in amounts.items() if value is not None]
    space, source = " " * indent, f"source: {json.dumps(line.source, ensure_ascii=False)}"
    whole = f"{space}- {{{', '.join([*parts, source])}}}"
    if len(whole) <= _WIDTH:
        return [whole]
    return [f"{space}- {{{', '.join(parts)},", f"{space}   {source}}}"]


def _name(name: str) -> str:
    plain = _PLAIN.fullmatch(name) and name.lower() not in _WORDS
    return name if plain else json.dumps(name, ensure_ascii=False)


def _number(value: float) -> str:
    """As YAML takes it: without an exponent."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text or "0"

"""A goal put into the text of `params/goals.yaml`, whose other lines stay as they are."""

from __future__ import annotations

import re
from typing import Any

import yaml

Entry = dict[str, Any]


def with_goal(text: str, name: str, entry: Entry) -> str:
    """The text with the goal in it: changed where one has that name, or else at the end.

    Args:
        text: of the file, with a list below `goals:`.
        name: of the goal.
        entry: its keys, as they are written.
    """
    listed = _goals(text)
    if listed is None or not listed.value:
        return _first(text, listed, entry)
    if listed.flow_style:
        items = [yaml.safe_load(yaml.serialize(node)) for node in listed.value]
        items = [entry if one["name"] == name else one for one in items]
        items += [] if entry in items else [entry]
        body = "\n" + "".join(_item(one, 2) for one in items)
        return (
            text[: listed.start_mark.index].rstrip(" ")
            + body.rstrip("\n")
            + (text[listed.end_mark.index :])
        )
    for node in listed.value:
        keys = {key.value: value for key, value in node.value}
        if keys["name"].value == name:
            return _changed(text, node, entry)
    at = _line_end(text, _end(listed.value[-1]))
    before = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    return before + _item(entry, listed.start_mark.column) + text[at:]


def _first(text: str, listed: Any, entry: Entry) -> str:  # noqa: ANN401  an empty list, or None
    head, tail = text, ""
    if listed is not None:
        head, tail = text[: listed.start_mark.index], text[listed.end_mark.index :].strip()
    elif not re.search(r"^goals:", text, re.MULTILINE):
        head = f"{text.rstrip()}\ngoals:" if text.strip() else "goals:"
    return f"{head.rstrip()}\n{_item(entry, 2)}" + (f"{tail}\n" if tail else "")


def _goals(text: str) -> Any:  # noqa: ANN401  a node of a list, or None
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    found = {key.value: value for key, value in root.value}.get("goals")
    return found if isinstance(found, yaml.SequenceNode) else None


def _changed(text: str, node: Any, entry: Entry) -> str:  # noqa: ANN401  a node
    if node.flow_style:
        return text[: node.start_mark.index] + _flow(entry) + text[node.end_mark.index :]
    there = {key.value: (key, value) for key, value in node.value}
    edits: list[tuple[int, int, str]] = []
    for key, (at, value) in there.items():
        if key not in entry:
            start = text.rfind("\n", 0, at.start_mark.index) + 1
            edits.append((start, _line_end(text, _end(value)), ""))
        elif yaml.safe_load(yaml.serialize(value)) != entry[key]:
            edits.append((value.start_mark.index, _end(value), _scalar(entry[key])))
    new = [key for key in entry if key not in there]
    if new:
        column = node.start_mark.column
        lines = "".join(f"{' ' * column}{key}: {_scalar(entry[key])}\n" for key in new)
        end = _line_end(text, _end(node))
        edits.append((end, end, lines if text[:end].endswith("\n") else f"\n{lines}"))
    for start, end, put in sorted(edits, key=lambda edit: -edit[0]):
        text = text[:start] + put + text[end:]
    return text


def _end(node: Any) -> int:  # noqa: ANN401  a node
    """Where the last word of a node ends; a block's own mark lies behind comments."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _item(entry: Entry, column: int) -> str:
    lines = [f"{key}: {_scalar(value)}" for key, value in entry.items()]
    return f"{' ' * column}- " + f"\n{' ' * (column + 2)}".join(lines) + "\n"


def _scalar(value: Any) -> str:  # noqa: ANN401  what YAML can hold
    if isinstance(value, dict):
        return _flow(value)
    told: str = yaml.safe_dump(value, allow_unicode=True, width=10_000)
    return told.removesuffix("\n").removesuffix("\n...")


def _flow(entry: Entry) -> str:
    told: str = yaml.safe_dump(
        entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000
    )
    return told.strip()

"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import typer.main

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "assay"
_EXAMPLE: Final = re.compile(r"^Example: (.+)$", re.MULTILINE)
_KINDS: Final[dict[Any, str]] = {int: "NUMBER", float: "NUMBER", Path: "PATH"}
_HIDDEN: Final = frozenset({"help", "install_completion", "show_completion"})


def command_tree() -> dict[str, Any]:
    """Every command by the words that call it: `assay store export`."""
    from assay.app.cli import app  # noqa: PLC0415  which itself mounts the command for the guide

    return dict(_below(typer.main.get_command(app), NAME))


def commands_page() -> str:
    """Markdown: what each command does, what it takes, and an example."""
    from assay.app.cli import EXIT_CODES  # noqa: PLC0415

    lines = ["# Commands", "", "`assay COMMAND --help` says the same.", "", EXIT_CODES, ""]
    for words, command in command_tree().items():
        if not getattr(command, "commands", None):
            lines += _entry(words, command)
    return "\n".join(lines)


def _below(command: Any, words: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  click's own
    yield words, command
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from _below(inner, f"{words} {name}")


def _entry(words: str, command: Any) -> Iterator[str]:  # noqa: ANN401
    told = inspect.cleandoc(command.help or "")
    examples = _EXAMPLE.findall(told)
    taken = [one for one in command.params if one.name not in _HIDDEN]
    arguments = [one for one in taken if one.param_type_name == "argument"]
    shown = [name if one.required else f"[{name}]" for one in arguments for name in [_named(one)]]
    yield f"## {words}"
    yield ""
    yield f"`{' '.join([words, *shown])}`"
    yield ""
    yield _EXAMPLE.sub("", told).strip()
    yield ""
    if taken:
        yield "| takes | meaning |"
        yield "|---|---|"
        for one in taken:
            yield f"| {_signature(one)} | {_meaning(one)} |"
        yield ""
    if examples:
        yield "```sh"
        yield from examples
        yield "```"
        yield ""


def _named(argument: Any) -> str:  # noqa: ANN401
    name = str(argument.metavar or argument.name).upper()
    return f"{name} …" if argument.nargs != 1 else name


def _signature(one: Any) -> str:  # noqa: ANN401
    if one.param_type_name == "argument":
        return f"`{_named(one)}`"
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    if one.is_flag:
        return names
    return f"{names} {one.metavar or _kind(one)}"


def _kind(one: Any) -> str:  # noqa: ANN401
    """What a value of the option is, in a word."""
    annotation = one.type_descriptor.annotation
    choices = [str(choice.value) for choice in annotation] if _is_enum(annotation) else []
    return "|".join(choices).replace("|", "\\|") or _KINDS.get(_inner(annotation), "TEXT")


def _is_enum(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, type) and issubclass(annotation, Enum)


def _inner(annotation: Any) -> Any:  # noqa: ANN401
    return next(iter(get_args(annotation)), annotation)


def _meaning(one: Any) -> str:  # noqa: ANN401
    text = str(getattr(one, "help", None) or "").replace("|", "\\|").replace("\n", " ")
    plain = isinstance(one.default, str | int | float) and not isinstance(one.default, bool)
    default = f" Default: `{one.default}`." if plain and one.default != "" else ""
    return f"{text}{default}"

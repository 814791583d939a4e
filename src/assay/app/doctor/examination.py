"""Everything is looked at, and told."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain

from assay.app.console import aligned, print_json, say
from assay.app.doctor.machine import look_at_machine
from assay.app.doctor.place import look_at_project

_MARKS = {"ok": "✓", "missing": "–", "wrong": "✗"}


def examine(*, as_json: bool) -> int:
    """Tells what is missing or wrong, what that costs, and what to do; 1 where something is wrong.

    Nothing is changed, and nothing is asked of the network.
    """
    found = tuple(chain(look_at_machine(), look_at_project()))
    ill = [one for one in found if one.state == "wrong"]
    if as_json:
        print_json({"well": not ill, "checks": [asdict(one) for one in found]})
        return int(bool(ill))
    lines = aligned([(_MARKS[one.state], one.what, one.found) for one in found])
    for line, one in zip(lines, found, strict=True):
        say(line)
        if one.state != "ok":
            say(f"     costs: {one.cost}")
            say(f"     to do: {one.remedy}")
    say()
    if ill:
        say(f"{len(ill)} to be mended: {', '.join(dict.fromkeys(one.what for one in ill))}.")
    else:
        say("Nothing has to be mended.")
    return int(bool(ill))

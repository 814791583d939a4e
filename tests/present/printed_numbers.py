"""Whether every number in a text comes from a record: what no page may print otherwise."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

NUMBER = re.compile(r"(?<![\w.#])(\d[\d\u202f]*(?:\.\d+)?)(?![\w])")
BOUND = re.compile(r"(?:over|under|<|more than) \$?$")
FACTORS = {"share": (100.0,), "probability": (1.0, 100.0), "USD": (1.0, 1_000.0)}
SO_MANY = (1_000.0, 10_000.0, 100_000.0)


def unfounded(
    text: str, record: dict[str, Any], *, also: tuple[float, ...] = (), only: int | None = None
) -> list[str]:
    """Numbers of the text that are neither in the record nor follow from it.

    They follow where they are a multiple that their unit asks for (percent, per thousand), a share
    of counts, a sum of two counts, a day of a date, or the number of things that the record lists.
    A number that stands inside one of the record's own texts is that text's. "Over 99.99 %" and
    its like bound a number and print none. Of comparisons, only the one at index `only` counts.
    """
    known = [*_known(record, only), *also]
    return unknown_in([text], record, known).get(text, [])


def unfounded_among(
    texts: Iterable[str], record: dict[str, Any], *, also: tuple[float, ...] = ()
) -> dict[str, list[str]]:
    """Texts that have numbers which are `unfounded`, with these."""
    return unknown_in(texts, record, [*_known(record, None), *also])


def unknown_in(
    texts: Iterable[str], record: dict[str, Any], known: Sequence[float]
) -> dict[str, list[str]]:
    """Texts with numbers that are not known and stand in none of the record's own texts."""
    names = sorted({_even(name) for name in _texts(record)}, key=len, reverse=True)
    found = {text: _unknown(text, names, known) for text in texts}
    return {text: numbers for text, numbers in found.items() if numbers}


def _unknown(text: str, names: Sequence[str], known: Sequence[float]) -> list[str]:
    bare = _even(text)
    for name in names:
        bare = bare.replace(name, " ")
    missing = []
    for found in NUMBER.finditer(bare):
        printed = found[1].replace("\u202f", "")
        if BOUND.search(bare[: found.start()]):
            continue
        half = 0.5 * 10.0 ** -len(printed.partition(".")[2]) * (1 + 1e-9)
        if not any(abs(abs(value) - float(printed)) <= half for value in known):
            missing.append(found[1])
    return missing


def _even(text: str) -> str:
    """The same text whichever spaces and separators its numbers are written with."""
    grouped = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "\u202f", text.replace("\u00a0", " "))
    return re.sub(r"(?<=\d) ?%", " %", grouped)


def _known(record: dict[str, Any], only: int | None) -> list[float]:
    known = [100 * (1 - record["alpha"]), 1 / record["sample_ratio"]["threshold"], *SO_MANY]
    for pointer, unit in record["units"].items():
        value = float(number_at(record, pointer))
        other = pointer.startswith(("/comparisons/", "/segments/", "/findings/"))
        if "/lift_quantiles/" in pointer or (
            only is not None and other and not pointer.startswith(f"/comparisons/{only}/")
        ):
            continue
        known += [value * factor for factor in FACTORS.get(unit, (1.0,))]
        if unit == "share" and "/difference/" in pointer:
            known += [value * many for many in SO_MANY]
        if unit == "count":
            known.append(float(f"{value:.2g}"))
    bodies = [*record["comparisons"], *(s["comparison"] for s in record["segments"])]
    bodies = bodies if only is None else [bodies[only]]
    for body in bodies:
        known += _follow(body, record)
    segments = [(s["column"], s["comparison"]["verdict"]) for s in record["segments"]]
    known += [*Counter(segments).values(), *Counter(column for column, _ in segments).values()]
    first, last = record["first"], record["last"]
    if first and last:
        start, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
        length = (end - start + timedelta(days=1)).days
        known += [start.day, start.year, end.day, end.year, length]
        paces = (length * b["needed_n"] / _units(b) for b in bodies if b["needed_n"])
        known += [float(f"{days:.2g}") for pace in paces for days in (pace, pace + 1)]
    return known


def number_at(record: Any, pointer: str) -> Any:
    """What stands in a record at a JSON pointer."""
    for key in pointer.split("/")[1:]:
        record = record[int(key) if isinstance(record, list) else key]
    return record


def _follow(body: dict[str, Any], record: dict[str, Any]) -> Iterator[float]:
    yield body["n"] + body["n_control"]
    for side in ("", "_control"):
        n, missing = body[f"n{side}"], body[f"missing{side}"]
        if n + missing:
            yield from (100 * n / (n + missing), 100 * missing / (n + missing))
    if body["needed_n"]:
        more = body["needed_n"] * record["n"] / _units(body)
        yield from (float(f"{more:.2g}"), float(f"{record['n'] + more:.2g}"))
    dots = body["posterior"]["lift_quantiles"]
    region = body["equivalence"] or 0.0
    yield len(dots)
    yield from (
        sum(value < -region for value in dots),
        sum(-region <= value < region for value in dots),
        sum(value >= region for value in dots),
    )
    yield len({b["metric"] for b in record["comparisons"]})
    yield len(record["arms"]) - 1


def _units(body: dict[str, Any]) -> int:
    return body["n"] if body["method"]["name"] == "paired t" else body["n"] + body["n_control"]


def _texts(value: Any) -> Iterator[str]:
    """Texts that the record holds and that have a digit; its findings' sentences are not its own."""
    if isinstance(value, str):
        if re.search(r"\d", value) and re.search(r"[A-Za-z]", value):
            yield from (value, value[:1].lower() + value[1:], value[:1].upper() + value[1:])
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"units", "findings", "first", "last"}:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)

"""The small change of sentences: lists, numbers as words, plurals, and how a number moved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assay.present.format import Notation, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.core.finding import Evidence

_NUMBERS: Final = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip

_HEAD_ENDS: Final = re.compile(r"\s+(?:per|of|in|with|after|before|by|to|for)\s+", re.IGNORECASE)
_IRREGULAR: Final = {"is": "are", "has": "have", "goes": "go"}


def joined(items: Sequence[str], *, word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = items
    return f"{', '.join(head)} {word} {last}" if head else last


def in_words(number: int) -> str:
    """Small numbers as words, from `no` to `twelve`; others in digits."""
    return _NUMBERS[number] if number < len(_NUMBERS) else count(number)


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`one check`, `three checks`, `no checks`."""
    return f"{in_words(number)} {noun if number == 1 else plural or plural_of(noun)}"


def plural_of(noun: str) -> str:
    """`users`, `companies`, `searches`."""
    if noun.endswith("y") and noun[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def noun_of(column: str) -> str:
    """What one unit is called, from its column: `user_id` → `user`, `clicks` → `click`."""
    name = column.removesuffix("_id").replace("_", " ").strip().lower()
    return (name.removesuffix("s") if is_plural(name) else name) or "unit"


def capital(text: str) -> str:
    """With a capital first letter, unless the first word is spelt as a name.

    >>> capital("task success rises"), capital("iOS latency"), capital("alpaca-7b_concise: it wins")
    ('Task success rises', 'iOS latency', 'alpaca-7b_concise: it wins')
    """
    first = text.split(" ", 1)[0].rstrip(":,.")
    plain = first.replace("-", "").replace("’", "").isalpha() and first == first.lower()
    return text[:1].upper() + text[1:] if plain else text


def inside(name: str) -> str:
    """A name as it stands inside a sentence: `Task success` → `task success`, `CSAT` stays."""
    second = name[1:2]
    return name if second.isupper() or second in {"", " "} else name[:1].lower() + name[1:]


def shortened(name: str, most: int) -> str:
    """A name that is too long for its place ends in dots, after a word where one ends near.

    >>> shortened("gpt-3.5-turbo", 8), shortened("A name that is too long", 16)
    ('gpt-3.5…', 'A name that is…')
    """
    if len(name) <= most:
        return name
    cut = name[: most - 1]
    words = cut.rpartition(" ")[0] if name[most - 1] != " " else cut
    return f"{(words if len(words) > 0.7 * most else cut).rstrip()}…"


def is_plural(name: str) -> bool:
    """Whether a metric's name takes a plural verb: `Escalations` does, `Task success` does not.

    >>> [is_plural(name) for name in ("Sessions per user", "Cost of errors", "Status")]
    [True, False, False]
    """
    head = _HEAD_ENDS.split(name.strip())[0].lower()
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))


def agreed(verb: str, name: str) -> str:
    """The verb as the name takes it: `is`, `has`, `rises` after one; `are`, `have`, `rise`."""
    if not is_plural(name):
        return verb
    return _IRREGULAR.get(verb) or verb.removesuffix("s")


def moves(  # noqa: PLR0913  an interval, how it is written, and how it is known
    name: str,
    low: float,
    high: float,
    *,
    notation: Notation,
    decimals: int,
    evidence: Evidence = "randomised",
) -> str:
    """What an interval says of a change, as the rest of a sentence.

    `rises by 2.9 to 6.1 %`, `falls by 2.6 to 10.9 %`, `may be anything from 0.6 % lower to 3.4 %
    higher`. Without randomised assignment a change is seen, not made: `is 2.9 to 6.1 % higher`.
    """
    if low < 0 < high:
        start = notation.number(-low, decimals)
        end = notation.number(high, decimals)
        return f"may be anything from {start} lower to {end} higher"
    up = high > 0
    near, far = (low, high) if up else (-high, -low)
    by = notation.span(abs(near), abs(far), decimals)
    if evidence == "randomised":
        return f"{agreed('rises' if up else 'falls', name)} by {by}"
    return f"{agreed('is', name)} {by} {'higher' if up else 'lower'}"

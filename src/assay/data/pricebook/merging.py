"""A table's prices held against the book: what changed becomes a new dated line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.data.pricebook.lines import Line
from assay.data.pricebook.offers import Held
from assay.features.model_names import Named, aliased, canonical_provider
from assay.features.pricing import STANDARD

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from assay.data.pricebook.offers import Offer, Offered

TOO_MUCH: Final = 10.0
"""Times by which a price may rise or fall at once; beyond, a table is more likely to be wrong."""
DEAREST: Final = 1_000.0
"""USD per million tokens up to which a new model is taken without being asked for."""
_SAME: Final = 1e-9
_FIELDS: Final = ("input", "cache_read", "cache_write", "cache_write_1h", "output")
_NAME: Final = re.compile(r"[A-Za-z0-9][\w.:@+-]*")
"""Names of new models; others are of one region, a picture's size, or tuned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line that the book gets; `old` is the one in force until then, where there is one."""

    old: Line | None
    new: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What importing a table would do.

    Attributes:
        changed: new lines of models that the book has.
        added: lines of models that it does not have.
        unchanged: prices that are in force as the table has them.
        held: prices that are not taken, each with the reason.
        skipped: why rows are not looked at → how many.
    """

    changed: tuple[Change, ...]
    added: tuple[Change, ...]
    unchanged: int
    held: tuple[Held, ...]
    skipped: Mapping[str, int]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines that the book gets."""
        return tuple(change.new for change in (*self.changed, *self.added))


def merge_offers(  # noqa: PLR0913  what is merged and what is taken are asked apart
    book: Sequence[Line],
    offered: Offered,
    *,
    as_of: date,
    source: str,
    providers: Collection[str] = (),
    new_models: bool = True,
    anyway: bool = False,
) -> Merge:
    """What a table says on a day beyond what the book says.

    A price is compared with the line in force on that day; where it differs, a new line counts from
    that day on, until the next line of the book. What the table does not tell (a cache's price,
    a batch's) is no change. Nothing that is written is altered.

    Args:
        book: lines as they are written.
        offered: prices of the table.
        as_of: day on which the table holds.
        source: what new lines give as their source.
        providers: whose prices are taken; empty means those that the book has, else all.
        new_models: whether models are added.
        anyway: take prices that rise or fall more than tenfold, too.
    """
    skipped = dict(offered.skipped)
    wanted = {canonical_provider(name) for name in providers}
    looked = wanted or {canonical_provider(line.provider) for line in book}
    looked = looked or {offer.provider for offer in offered.offers}
    chosen, held = _chosen(_known(book), offered.offers, looked, skipped, new_models=new_models)
    has = {(line.provider, line.model) for line in book}
    changed: list[Change] = []
    added: list[Change] = []
    unchanged = 0
    for (provider, model, tier), offer in chosen.items():
        series = [line for line in book if _key(line) == (provider, model, tier)]
        old = _in_force(series, as_of)
        if old is not None and not _differ(old, offer):
            unchanged += 1
            continue
        new = _line(offer, old, (provider, model), as_of, source)
        reason = "" if anyway else _doubt(old, offer)
        if old is None and (ended := _ended(series, as_of)) is not None:
            reason = f"its price ended on {ended.until}, see {ended.place}"
        if any(line.since == as_of for line in series):
            reason = f"the book has another price from {as_of} on"
        if reason:
            held.append(Held(provider=provider, name=_called(new), reason=reason))
        else:
            (changed if (provider, model) in has else added).append(Change(old=old, new=new))
    return Merge(
        changed=tuple(changed),
        added=tuple(added),
        unchanged=unchanged,
        held=(*(one for one in offered.held if one.provider in looked), *held),
        skipped=skipped,
    )


def _chosen(
    known: Mapping[Named, Named],
    offers: Sequence[Offer],
    looked: Collection[str],
    skipped: dict[str, int],
    *,
    new_models: bool,
) -> tuple[dict[tuple[str, str, str], Offer], list[Held]]:
    """One offer per model of the book and tier, that under its own name first; others are held."""
    chosen: dict[tuple[str, str, str], Offer] = {}
    held = []
    for offer in offers:
        if offer.provider not in looked:
            _count(skipped, "provider not asked for")
            continue
        model = known.get((offer.provider, offer.name.lower()))
        if model is None and not new_models:
            _count(skipped, "new model not asked for")
            continue
        if model is None and _NAME.fullmatch(offer.name) is None:
            _count(skipped, "name of a variant")
            continue
        provider, name = model or (offer.provider, offer.name)
        key = (provider, name, offer.tier)
        before = chosen.setdefault(key, offer)
        if offer.name.lower() == name.lower():
            chosen[key] = offer
        if _differ(before, offer):
            alias = before if chosen[key] is offer else offer
            reason = f"an alias of {name} at another price; give it lines of its own"
            held.append(Held(provider=alias.provider, name=alias.name, reason=reason))
    return chosen, held


def _called(line: Line) -> str:
    return line.model if line.tier == STANDARD else f"{line.model}, {line.tier}"


def _count(counts: dict[str, int], reason: str) -> None:
    counts[reason] = counts.get(reason, 0) + 1


def _key(line: Line) -> tuple[str, str, str]:
    return line.provider, line.model, line.tier


def _known(book: Sequence[Line]) -> dict[Named, Named]:
    known: dict[Named, Named] = {}
    for line in book:
        for alias in line.aliases:
            for name in aliased(line.provider, alias):
                known.setdefault(name, (line.provider, line.model))
    own = {
        (canonical_provider(line.provider), line.model.lower()): (line.provider, line.model)
        for line in book
    }
    return known | own


def _in_force(series: Sequence[Line], day: date) -> Line | None:
    begun = [line for line in series if line.since <= day]
    last = max(begun, key=lambda line: line.since, default=None)
    return None if last is None or (last.until is not None and last.until < day) else last


def _ended(series: Sequence[Line], day: date) -> Line | None:
    """The last line, where it ended before the day."""
    last = max(series, key=lambda line: line.since, default=None)
    return last if last is not None and last.until is not None and last.until < day else None


def _differ(one: Line | Offer, offer: Offer) -> bool:
    """Whether the table names another price; what it leaves open is none."""
    for field in _FIELDS:
        old, new = getattr(one, field), getattr(offer, field)
        if field == "cache_write_1h" and isinstance(one, Line):
            old = one.hour
        if new is None or (not new and not old):
            continue
        if old is None or abs(old - new) > _SAME * max(old, new):
            return True
    return False


def _doubt(old: Line | None, offer: Offer) -> str:
    for field in _FIELDS:
        new = getattr(offer, field)
        before = getattr(old, field) if old is not None else None
        if field == "cache_write_1h" and old is not None:
            before = old.hour
        if before and new is not None and not before / TOO_MUCH <= new <= before * TOO_MUCH:
            return f"{field} goes from {before:g} to {new:g} USD per million tokens"
        if before is None and new is not None and new > DEAREST:
            return f"{field} is {new:g} USD per million tokens"
    return ""


def _line(offer: Offer, old: Line | None, model: Named, as_of: date, source: str) -> Line:
    """The new line; what a table seldom tells stays as it was."""
    factor, request = offer.batch_factor, offer.per_request
    if old is not None:
        factor = old.batch_factor if factor is None else factor
        request = old.per_request if request is None else request
    return Line(
        place="",
        provider=model[0],
        model=model[1],
        aliases=(),
        tier=offer.tier,
        currency="USD",
        since=as_of,
        until=None,
        input=offer.input,
        cache_read=offer.cache_read,
        cache_write=offer.cache_write,
        cache_write_1h=offer.cache_write_1h,
        output=offer.output,
        batch_factor=factor,
        per_request=request,
        source=source,
    )

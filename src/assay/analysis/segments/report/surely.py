"""How surely members are in their segments, as far as it may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.segments.report.result import Band, Certainty, Sure
from assay.privacy.bounds import STEP, spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.segments.profiles import Profile
    from assay.analysis.segments.report.forming import Formed
    from assay.privacy.bounds import Span

EDGES: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_CUTS: Final = (0.9, 0.8, 0.5)
_MOST: Final = 0.8
"""Share of members from which on the highest certainty is told that so many have."""


def certainty_of(formed: Formed, smallest_cell: int) -> tuple[Certainty, ...]:
    """Members of each segment in bands of certainty, none of few."""
    if formed.sized is None or formed.profiles is None:
        return ()
    found = []
    for at, one in enumerate(formed.profiles.profiles):
        values = formed.sized.certainty[formed.found.labels == at]
        values = values[np.isfinite(values)]
        counts = np.histogram(values, EDGES)[0].astype(np.int64)
        told = spans(counts, smallest_cell)
        bands = tuple(_band(each, int(counts.sum()), one) for each in told)
        if bands:
            found.append(Certainty(ident=one.ident, name=one.name, bands=bands))
    return tuple(found)


def _band(span: Span, whole: int, profile: Profile) -> Band:
    """Where the size of a segment is not told, neither are numbers of its members."""
    share = None if span.count is None else span.count / whole
    return Band(
        above=EDGES[span.first],
        below=EDGES[span.last + 1],
        members=None if profile.n is None else span.count,
        share=round(share, 2) if share is not None and profile.n is None else share,
        at_least=span.at_least,
    )


def sure_of(certainty: Sequence[Certainty], profiles: Sequence[Profile]) -> Sure | None:
    """What share is how sure at least, by nothing but what the bands tell.

    The highest certainty that four of five have; else what is told of 80 %.
    """
    sizes = {one.ident: one.n for one in profiles}
    known = [(one, sizes[one.ident]) for one in certainty]
    if not known or len(known) < len(profiles):
        return None
    total = sum(n or 0 for _, n in known)
    found: dict[float, Sure] = {}
    for cut in _CUTS:
        shares = [_above(one, cut) for one, _ in known]
        exact = all(
            band.at_least is None and (band.above >= cut or band.below <= cut)
            for one, _ in known
            for band in one.bands
        )
        if all(n for _, n in known):
            numbers = zip(shares, known, strict=True)
            share = sum(each * (n or 0) for each, (_, n) in numbers) / total
        else:
            share, exact = min(shares), False
        share = share if exact else int(share * STEP + 1e-9) / STEP
        found[cut] = Sure(certainty=cut, share=share, exact=exact)
    best = next((one for one in found.values() if one.share >= _MOST), found[0.8])
    return best if best.share >= 0.5 or best.exact else None


def _above(one: Certainty, cut: float) -> float:
    """The share of members that are so sure, at least."""
    return sum((band.share or band.at_least or 0.0) for band in one.bands if band.above >= cut)

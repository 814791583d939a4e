from types import SimpleNamespace

from assay.analysis.costs.breakdown import cacheable_share
from assay.core.finding import Estimate


def one(kind, state, *ends):
    size = Estimate(value=ends[1], low=ends[0], high=ends[2]) if ends else None
    return SimpleNamespace(kind=kind, state=state, saving=size)


def test_what_caches_would_have_had_is_the_sum_of_what_they_would_save_at_each_agent():
    spend = Estimate(value=200.0, low=190.0, high=210.0)
    found = SimpleNamespace(
        spend=spend,
        found=(
            one("caching", "try", 4.0, 6.0, 8.0),
            one("caching", "advised", 1.0, 2.0, 3.0),
            one("caching", "no evidence", -1.0, 0.5, 2.0),
            one("caching", "not enough data"),
            one("prompts", "try", 4.0, 6.0, 8.0),
        ),
    )
    assert cacheable_share(found) == Estimate(value=0.04, low=0.025, high=0.055)
    assert cacheable_share(SimpleNamespace(spend=spend, found=found.found[2:])) is None
    assert cacheable_share(SimpleNamespace(spend=None, found=found.found)) is None
    assert cacheable_share(None) is None

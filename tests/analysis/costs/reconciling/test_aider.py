"""A public usage log against the price book that comes with Assay (shared/data/NOTES.md)."""

from pathlib import Path

import pytest

from assay.analysis.costs.reconciling import reasons as why
from assay.analysis.costs.reconciling import reconcile
from assay.data.pricebook import read_prices
from assay.data.read import read
from assay.features.implausible import implausible_records, usual_costs
from assay.features.logged_costs import logged_costs
from assay.features.spending import spend_lines, spent

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def found(shared_data: Path):
    log = shared_data / "llm" / "aider" / "aider_events.csv"
    mapping = ROOT / "params" / "mappings" / "aider.yaml"
    rows = read(log, table="interactions", mapping=mapping).valid.collect().lazy()
    prices = read_prices(ROOT / "params" / "prices")
    usual = usual_costs(rows, prices)
    return reconcile(
        logged_costs(rows, prices, usual),
        spent(spend_lines(rows, usual=usual), prices),
        prices,
        implausible_records(rows, usual),
    )


def test_the_one_absurd_record_is_apart_and_the_rest_is_what_it_is(found):
    assert found.requests == found.logged == found.looked_at == 5_522
    assert [round(one.logged, 2) for one in found.apart] == [9_990.01]
    assert [one.tokens for one in found.apart] == [10_033]
    assert round(found.total_without, 2) == 192.69
    assert round(found.total, 2) == 10_182.70


def test_dated_prices_reproduce_95_in_100_and_each_other_has_a_reason(found):
    assert found.reproduced.value >= 0.95
    assert found.named.value == 1
    assert {one.certainty for one in found.reasons} == {"sure", "possible"}
    told = sum(one.requests for one in found.reasons)
    agree = sum(one.reproduced for one in found.models)
    without = {why.APART, why.NO_MODEL_NAMED, "no price of this model"}
    others = sum(one.requests for one in found.reasons if one.reason in without)
    assert told - others == found.stray_requests
    assert agree + found.stray_requests == found.held.requests


def test_solved_cached_tokens_are_whole_numbers(found):
    """OpenAI's and Anthropic's cache reads, solved from the cost alone: 12 of 12."""
    (below,) = [one for one in found.reasons if one.reason == why.SHARE_CACHED]
    assert below.whole == below.implied == below.requests
    hits = [one for one in found.strays if one.reason == why.SHARE_CACHED and one.model == "o3"]
    assert hits
    assert all(round(one.tokens) % 128 == 0 for one in hits)


def test_an_earlier_price_is_named_with_its_day(found):
    (haiku,) = [one for one in found.rules if one.model == "claude-3-5-haiku-20241022"]
    assert (haiku.price, haiku.label) == ("date", "2024-11-04")
    assert haiku.by_rule == pytest.approx(haiku.logged, rel=1e-9)

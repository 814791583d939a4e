import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from assay.core.brief import Tile
from assay.workbench.cards import Card, collect_cards
from assay.workbench.runs import digests_of


@pytest.fixture
def told(brief) -> Callable[[float], dict[str, Any]]:
    """A brief whose first tile has this number."""

    def tell(number: float) -> dict[str, Any]:
        tile = Tile(
            name="Lift", value=f"{number} %", interval="", detail="", tone="good", number=number
        )
        return asdict(replace(brief, tiles=(tile,)))

    return tell


@pytest.fixture
def shop(workshop):
    """A report whose tile says what its parameter says."""
    result = {
        "schema": {"kind": "t", "version": 1},
        "units": {},
        "findings": [{"key": "a"}],
        "sources": [],
    }
    workshop.notebook(
        "x",
        "import json, os\n"
        f"result = {result!r} | {{'brief': json.loads(brief)}}\n"
        "open(os.environ['ASSAY_RUN_DIR'] + '/result.json', 'w').write(json.dumps(result))",
        parameters="brief: str = 'null'",
    )
    return workshop


def cards(workshop) -> tuple[Card, ...]:
    return collect_cards(workshop.project, digests=digests_of(workshop.project))


def test_a_card_shows_the_newest_version_and_how_it_came_along(shop, told) -> None:
    for value in (1.5, 2.5):
        shop.write("params/x.yaml", json.dumps({"brief": json.dumps(told(value))}))
        shop.publish()
    (card,) = cards(shop)
    _, newest = shop.versions("x")
    assert (card.name, card.title, card.version, card.number) == ("x", "About x", newest.name, 2)
    assert card.brief == json.loads(json.dumps(told(2.5)))
    assert card.findings == ({"key": "a"},)
    assert card.numbers == (1.5, 2.5)
    assert card.changed == "Lift was 1.5 % in the version before."
    assert (card.state, card.failure) == ("current", "")
    published = shop.root / "reports/published"
    for link in (card.page, card.pdf, card.thumbnail, card.notebook, card.result, card.latest):
        assert (published / link).is_file()


def test_a_card_tells_what_is_out_of_date_failed_or_gone(shop) -> None:
    shop.write("params/x.yaml", "sets: {a: {}, b: {}, c: {}}")
    shop.publish()
    shop.write("params/x.yaml", "sets: {a: {}, b: {brief: '{'}, d: {brief: '{'}}")
    assert [(card.set_name, card.state) for card in cards(shop)] == [
        ("a", "current"), ("b", "outdated"), ("c", "retired"),
    ]  # fmt: skip
    shop.publish()
    found = {card.set_name: card for card in cards(shop)}
    assert {name: card.state for name, card in found.items()} == {
        "a": "current", "b": "failed", "d": "failed", "c": "retired",
    }  # fmt: skip
    assert "JSONDecodeError" in found["b"].failure
    assert found["b"].page
    assert (found["d"].page, found["d"].version, found["d"].as_of, found["d"].brief) == (
        "",
        "",
        "",
        {},
    )
    assert (found["a"].name, found["a"].numbers, found["a"].changed) == ("x · a", (), "")


def test_a_report_that_cannot_be_read_keeps_its_cards(shop) -> None:
    shop.publish()
    shop.write("notebooks/10-x.ipynb", "{")
    assert [(card.state, card.title) for card in cards(shop)] == [("outdated", "X")]
    shop.write("params/x.yaml", "- a")
    assert [card.state for card in cards(shop)] == ["outdated"]
    (shop.root / "notebooks/10-x.ipynb").unlink()
    assert [card.state for card in cards(shop)] == ["retired"]

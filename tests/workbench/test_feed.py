from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.workbench.feed import ATOM, NEWEST, feed_of
from workbench.index_cards import BRIEF, a_card, a_past

A = f"{{{ATOM}}}"


def parsed(feed: bytes) -> ET.Element:
    return ET.fromstring(feed)  # noqa: S314  our own


def texts(parent: ET.Element, name: str) -> list[str]:
    return [each.text or "" for each in parent.findall(A + name)]


def insist_on_rfc_4287(feed: ET.Element) -> None:
    """Sections 4.1.1 and 4.1.2: what a feed and an entry must and may have once."""
    assert feed.tag == f"{A}feed"
    assert len(feed.findall(f"{A}author/{A}name")) == 1
    for parent in (feed, *feed.findall(f"{A}entry")):
        for name in ("id", "title", "updated"):
            assert len(texts(parent, name)) == 1, name
        assert texts(parent, "id")[0].startswith("urn:uuid:")
        for moment in texts(parent, "updated") + texts(parent, "published"):
            assert datetime.fromisoformat(moment).tzinfo is not None
        alternates = [
            (link.get("type"), link.get("hreflang"))
            for link in parent.findall(f"{A}link")
            if link.get("rel") == "alternate"
        ]
        assert len(alternates) == len(set(alternates)) == 1
        for category in parent.findall(f"{A}category"):
            assert category.get("term")
    assert [link.get("rel") for link in feed.findall(f"{A}link")] == ["self", "alternate"]
    ids = [texts(entry, "id")[0] for entry in feed.findall(f"{A}entry")]
    assert len(ids) == len(set(ids))


def test_each_version_is_an_entry_the_newest_first() -> None:
    cards = [a_card("one"), a_card("two", tags=("weekly",), agents=("Zoë",))]
    feed = parsed(feed_of("Shop", cards))
    insist_on_rfc_4287(feed)
    entries = feed.findall(f"{A}entry")
    assert len(entries) == 6
    updated = [texts(entry, "updated")[0] for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert texts(feed, "updated") == [updated[0]]
    newest = entries[0]
    assert [c.get("term") for c in newest.findall(f"{A}category")] == [
        "Experiment",
        "Zoë",
        "weekly",
    ]
    assert "Task success was +4.0% in the version before." in texts(newest, "summary")[0]
    links = {link.get("rel"): link.get("href") for link in newest.findall(f"{A}link")}
    assert links["alternate"] == "two/default/2026-11-03T060000Z-00000003/index.html"


def test_links_are_whole_where_the_site_has_an_address_and_ids_stay_the_same() -> None:
    cards = [a_card("one")]
    near, far = (parsed(feed_of("Shop", cards, url=url)) for url in ("", "https://e.org/r/"))
    for link in far.iter(f"{A}link"):
        assert (link.get("href") or "").startswith("https://e.org/r/")
    assert [i.text for i in near.iter(f"{A}id")] == [i.text for i in far.iter(f"{A}id")]


def test_only_the_newest_are_told() -> None:
    past = a_past(*([0.1] * 28))
    cards = [a_card(f"r{i}", summaries=past) for i in range(3)]
    assert len(parsed(feed_of("Shop", cards)).findall(f"{A}entry")) == NEWEST


@pytest.mark.parametrize("cards", [[], [a_card(summaries=())]])
def test_a_site_without_versions_has_a_feed(cards) -> None:
    insist_on_rfc_4287(parsed(feed_of("Shop", cards)))


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_no_title_breaks_it(text: str) -> None:
    past = tuple(replace(each, title=text, subtitle=text, headline=text) for each in a_past(1, 2))
    card = a_card(
        "r/<&\">'", brief=BRIEF | {"kind": text}, summaries=past, tags=(text,), title=text
    )
    feed = feed_of(text, [card], url="https://e.org/")
    insist_on_rfc_4287(parsed(feed))
    assert feed == feed_of(text, [card], url="https://e.org/")

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assay.workbench.index import index_page
from workbench.index_cards import BRIEF, a_card, a_past


class Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self._in_heading = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "h2":
            self._in_heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = self._in_heading and tag != "h2"

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings[-1] += data


def test_what_needs_a_decision_comes_first_then_what_failed_and_the_newest_first_in_each() -> None:
    calm = {**BRIEF, "needs_decision": False}
    cards = [
        a_card("old-calm", brief=calm | {"title": "old calm"}, as_of="2026-10-01"),
        a_card("failed", state="failed", failure="x", failed_at="2026-11-21T06:00:00+00:00"),
        a_card("old", brief=BRIEF | {"title": "old"}, as_of="2026-10-01"),
        a_card("calm", brief=calm | {"title": "calm"}),
        a_card("new", brief=BRIEF | {"title": "new"}),
    ]
    found = Texts(index_page("Assay", cards)).headings
    assert [" ".join(heading.split()) for heading in found] == [
        "new",
        "old",
        "The last run failed on 21 Nov 2026: the version of 19 Nov 2026 stays up",
        "calm",
        "old calm",
    ]


def test_a_failed_report_keeps_the_links_to_its_old_version_and_says_why() -> None:
    page = index_page("Assay", [a_card(state="failed", failure="scores.parquet was not found")])
    assert "scores.parquet was not found" in page
    assert "not rendered" in page
    hrefs = [attrs["href"] for tag, attrs in Texts(page).tags if tag == "a"]
    assert "ab-test/default/v1/index.html" in hrefs
    assert "Nothing needs a decision; one failed." in page


def test_a_failed_report_can_be_found_by_what_it_last_said() -> None:
    page = index_page("Assay", [a_card(state="failed", failure="scores.parquet was not found")])
    assert f"Last found: {BRIEF['title']}" in page


def test_a_report_that_was_taken_out_of_the_project_is_nothing_to_mend() -> None:
    page = index_page("Assay", [a_card(state="retired")])
    assert "no longer part of the project" in page
    assert "out of date" not in page


def test_a_report_that_was_never_published_has_no_links() -> None:
    never = a_card(
        state="failed", failure="no data", failed_at="2026-11-21T06:00:00+00:00", page="", pdf="",
        result="", thumbnail="", history="", brief={}, number=0, as_of="", created="", trend=(),
    )  # fmt: skip
    page = index_page("Assay", [never])
    assert "Not published yet: the run failed" in page
    hrefs = [attrs["href"] for tag, attrs in Texts(page).tags if tag == "a"]
    assert hrefs == ["#reports", "feed.xml"]


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["current"], "One report needs a decision."),
        (["current", "current"], "2 reports need a decision."),
        (["current", "failed", "failed"], "One report needs a decision; 2 failed."),
    ],
)
def test_the_head_counts_what_needs_a_decision(states: list[str], said: str) -> None:
    cards = [a_card(f"r{i}", state=state, failure="x") for i, state in enumerate(states)]
    assert said in index_page("Assay", cards)


def test_text_from_reports_cannot_become_markup() -> None:
    evil = "</h2><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & {{ 7777*3 }}"
    card = a_card(
        brief=BRIEF | {"title": evil, "subtitle": evil, "subject": evil, "kind": evil},
        changed=evil,
        title=evil,
        tags=(evil,),
        agents=(evil,),
        findings=({"plain": evil, "tone": evil},),
        trend=tuple(replace(each, headline=evil, value=evil) for each in a_past(0.1, 0.2)),
    )
    failed = replace(card, state="failed", failure=evil, failed_at=evil)
    for hostile in (card, failed):
        tags = [tag for tag, _ in Texts(index_page(evil, [hostile])).tags]
        assert tags.count("script") == 1
        assert tags.count("img") == 1
        assert "h2" in tags
        assert "23331" not in index_page(evil, [hostile])


def test_the_only_script_is_the_one_that_the_policy_names() -> None:
    page = index_page("Assay", [a_card()])
    policy = next(
        attrs["content"] for tag, attrs in Texts(page).tags if attrs.get("http-equiv") is not None
    )
    script = re.search(r"<script>(.*)</script>", page, flags=re.DOTALL)
    assert policy
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_a_line_over_versions_needs_two_of_them() -> None:
    assert "<svg" in index_page("Assay", [a_card(trend=a_past(0.1, 0.2))])
    assert "<svg" not in index_page("Assay", [a_card(trend=a_past(0.1, None))])


def test_an_empty_shelf_says_how_to_fill_it() -> None:
    assert "assay publish" in index_page("Assay", [])


def test_the_same_cards_give_the_same_page() -> None:
    cards = [a_card("a"), a_card("b", state="outdated")]
    assert index_page("Assay", cards) == index_page("Assay", cards)
    assert "out of date" in index_page("Assay", cards)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())

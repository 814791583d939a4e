"""A message can be read in every form it is sent in, and asks for nothing from outside."""

import re
from html.parser import HTMLParser

import pytest

from assay.workbench.notify.letter import letter_of_mishaps, letter_of_news
from assay.workbench.notify.story import Mishap, link_to, news_of
from assay.workbench.versions import Version
from workbench.timetable import put_up, says

TILE = {
    "name": "CTR",
    "value": "+4.5 %",
    "interval": "[+2.9, +6.1]",
    "detail": "10 → 14",
    "number": 1,
}
RESULT = says(
    "ship",
    'Rises <script>alert("x")</script> & [shines](http://evil.example) *really*',
    needs_decision=True,
    decision={"title": "Ship it", "text": "to everybody"},
    tiles=[TILE],
    data_through="2026-11-01",
)  # fmt: skip


@pytest.fixture
def versions(tmp_path):
    made = []
    for number, result in enumerate([says("undecided"), RESULT]):
        folder = tmp_path / f"ab-test/eu west/2026-11-0{number + 1}T090000Z-0123abcd"
        put_up(folder, result)
        made.append(Version(folder))
    return made


def news(versions, *, changed=("CTR: undecided → ship",)):
    return news_of(
        versions[1], versions[0], base="https://reports.example/", changes=lambda _a, _b: changed
    )


def letter(*told, **options):
    known = {"recipient": "team", "with_paper": True, "largest_mb": 1} | options
    return letter_of_news("Our agents", told, **known)


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"href", "src", "background"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_form_tells_the_headline_the_numbers_the_change_and_the_way(versions) -> None:
    made = letter(news(versions))
    link = "https://reports.example/ab-test/eu%20west/2026-11-02T090000Z-0123abcd/index.html"
    html = Seen(made.html)
    assert made.subject.startswith("[Our agents] Rises <script>")
    for form in (made.plain, html.text):
        assert 'Rises <script>alert("x")</script> & [shines](http://evil.example)' in form
        for part in (
            "ab-test · eu west · ship · new against old",
            "To decide: Ship it: to everybody",
            "CTR: +4.5 % [+2.9, +6.1] (10 → 14)",
            "Changed: CTR: undecided → ship",
            "Data through 2026-11-01 · version 2026-11-02T090000Z-0123abcd",
            link,
        ):
            assert part in form
    assert html.links == [link]
    assert "script" not in html.tags
    assert "img" not in html.tags
    assert not re.search(r"url\(|@import|<link|background", made.html)
    assert "\\[shines\\]" in made.markdown
    assert "\\*really\\*" in made.markdown
    assert link in made.markdown


def test_a_subject_is_one_line_of_bounded_length(versions) -> None:
    folder = versions[1].folder.with_name("2026-11-03T090000Z-0123abcd")
    put_up(folder, says("ship", "Long\r\nBcc: evil@example.org " * 30))
    made = letter(news_of(Version(folder), None, base="", changes=lambda _a, _b: ()))
    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert len(made.subject) <= 150
    assert "Report:" not in made.plain  # no address of the site is known
    assert "this is the first version you are told of" in made.plain


def test_what_needs_a_decision_comes_first_and_unchanged_is_told_as_such(versions) -> None:
    calm = news_of(versions[0], versions[0], base="", changes=lambda _a, _b: ())
    made = letter(calm, news(versions))
    assert "(and 1 more)" in made.subject
    assert made.plain.index("<script>") < made.plain.index("undecided · new against old")
    assert "no finding has changed since you were told last" in made.plain
    assert made.reference == letter(news(versions), calm).reference
    assert made.reference != letter(calm).reference
    assert made.reference != letter(news(versions), calm, recipient="boss").reference


def test_papers_are_attached_as_far_as_there_is_room(versions) -> None:
    (versions[0].folder / "report.pdf").write_bytes(b"x" * 600_000)
    (versions[1].folder / "report.pdf").write_bytes(b"x" * 600_000)
    both = [news(versions), news_of(versions[0], None, base="", changes=lambda _a, _b: ())]
    made = letter(*both)
    assert [name for name, _ in made.papers] == ["ab-test-eu west-2026-11-02T090000Z-0123abcd.pdf"]
    assert (
        "ab-test-eu west-2026-11-01T090000Z-0123abcd.pdf is too large to be attached" in made.plain
    )
    assert letter(*both, with_paper=False).papers == ()
    assert len(letter(*both, largest_mb=2).papers) == 2


def test_a_failure_tells_the_cause_the_remedy_and_what_stays_up() -> None:
    up = Mishap(
        name="x",
        cause="no <rows>",
        remedy="import",
        up="v1",
        age="2 days",
        link="https://a.example",
    )
    never = Mishap(name="y", cause="gone", remedy="", up="", age="", link="")
    made = letter_of_mishaps("P", "daily", [up, never], recipient="ops", due="2026-11-01T09:00")
    assert (made.subject, made.bad) == ("[P] Failed: x, y", True)
    for part in (
        "no <rows>",
        "Stays up: version v1, 2 days old",
        "Stays up: nothing, it was never",
    ):
        assert part in made.plain
        assert part in Seen(made.html).text


def test_a_link_leads_to_the_version_itself(versions) -> None:
    assert link_to(versions[0], "") == ""
    assert link_to(versions[0], "https://a.example/r") == link_to(
        versions[0], "https://a.example/r/"
    )

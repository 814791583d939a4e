"""The section on savings: what it says where there is something, little, and nothing."""

import pytest

from assay.present.blocks import Note, Section, Table
from assay.present.costs import opportunity_blocks, tell
from assay.present.figures import Figure
from assay.present.format import NARROW, SPACE
from assay.present.prose.costs.opportunities import cache_course, confirmed, duration, method, named


def amount(value, low, high):
    return {"value": value, "low": low, "high": high}


TRIAL = {
    "design": "A/B test, each user in one arm",
    "metric": "cost per user and week",
    "unit": "user",
    "guard": "success, which may lose less than 2 points",
    "per_arm": 2497,
    "days": 206.4,
    "reason": "",
}


def one(key, kind="caching", state="try", saving=None, **more):
    return {
        "key": key,
        "kind": kind,
        "what": "have the start read from the cache",
        "whom": "planner",
        "state": state,
        "evidence": "rule",
        "saving": saving or amount(40.0, 30.0, 50.0),
        "spend": 235.61,
        "n": 1071,
        "reason": "the longest third has no better success: -1.9 [-4.8, +1.1] points",
        "risks": ["what was used a moment ago may be gone"],
        "trial": TRIAL,
        "left": None,
        "overlaps": [],
    } | more


def record(*found, **more):
    opportunities = {
        "first": "2026-09-25",
        "last": "2026-11-19",
        "days": 56.0,
        "spend": amount(452.0, 418.0, 486.0),
        "confidence": 0.95,
        "unit": "user",
        "found": list(found),
        "together": amount(72.0, 66.0, 78.0) if found else None,
        "caching": None,
        "not_looked": [],
    } | more
    finding = {
        "key": "opportunity/a",
        "state": "try",
        "size": amount(40.0, 30.0, 50.0),
        "confidence": 0.95,
        "n": 1071,
    }
    return {"opportunities": opportunities, "findings": [finding]}


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(NARROW, " ")


def test_savings_are_told_by_money_with_what_is_left_and_what_confirms_them():
    second = one("b", left=amount(20.0, 15.0, 25.0), overlaps=["a"], state="advised")
    section, figure, trials, details = opportunity_blocks(record(one("a"), second))
    (ranking,) = details.blocks
    assert isinstance(section, Section)
    assert isinstance(figure, Figure)
    assert plain(section.heading) == (
        "One step saves $40 [30, 50] a month; one step is worth a trial, $78.00 a month at most"
    )
    assert isinstance(ranking, Table)
    assert list(ranking.rows[0][1:3]) == ["$40 [30, 50]", "all of it"]
    assert ranking.rows[1][2] == "$20.00 [15.00, 25.00]"
    assert isinstance(trials, Table)
    assert "−1.9 [−4.8, +1.1]" in str(trials.rows[0][1])
    assert "But: what was used" in str(trials.rows[0][1])
    assert "2 497 users in each arm, about 210 days" in plain(str(trials.rows[0][2]))


def test_no_evidence_is_an_answer_with_what_is_at_stake():
    found = [
        one("a", kind="outputs", state="no evidence"),
        one("b", kind="outputs", state="no evidence", whom="", saving=amount(0.0, 0.0, 0.0)),
        one("c", kind="batch", state="not enough data", reason="7 days would", saving=None),
    ]
    found[2]["saving"] = None
    missing = [{"kind": "retries", "reason": "no call says which one it repeats"}]
    blocks = opportunity_blocks(record(*found, together=None, not_looked=missing))
    assert blocks[0].heading == "No evidence of a saving"
    notes = [plain(block.text) for block in blocks if isinstance(block, Note)]
    assert notes[0].startswith("Shorter answers: no evidence of a saving. Planner (at stake: $40 ")
    assert "and all calls:" in notes[0]
    assert notes[1] == "Batches: not enough data. Planner: 7 days would."
    assert notes[2] == "Fewer retries: not looked for, as no call says which one it repeats."


def test_a_report_without_the_section_shows_nothing():
    assert opportunity_blocks({"opportunities": None}) == ()


def test_the_cache_is_told_by_time_and_size():
    caching = {
        "requests": 12031,
        "tokens": 144.8e6,
        "seen": 0.3736,
        "read": 0.0,
        "block": 512.0,
        "sizes": [{"size": 512.0, "share": 0.0425}],
        "times": [{"seconds": 300.0, "share": 0.293}, {"seconds": 3600.0, "share": 0.3736}],
    }
    *_, details = opportunity_blocks(record(caching=caching))
    lead, table = details.blocks
    assert plain(lead) == (
        "37.4 % of 144 800 000 prompt tokens of 12 031 calls stood in a start that was seen "
        "before (in blocks of 512 tokens); 0.0 % were read from the provider’s cache."
    )
    assert plain(cache_course(caching)) == (
        "Held if kept after the last use: 29.3 % for 5 min, 37.4 % for 1 h. Held by a cache of so "
        "many tokens: 4.2 % of 512."
    )
    assert [plain(cell) for cell in table.rows[0]] == ["5 min", "29.3 %", "512", "4.2 %"]
    assert [plain(cell) for cell in table.rows[1]] == ["1 h", "37.4 %", "", ""]


def test_its_finding_is_a_sentence():
    (told,) = tell(record(one("a")))["findings"]
    assert plain(told["title"]) == (
        "$40 [30, 50] a month could be saved at planner: have the start read from the cache; to be "
        "tried first"
    )
    assert plain(told["exact"]).endswith("95 % interval, 1 071 users.")


@pytest.mark.parametrize(
    ("seconds", "said"), [(30, "30 s"), (300, "5 min"), (7200, "2 h"), (86400, "1 day")]
)
def test_times_are_told_in_their_unit(seconds, said):
    assert plain(duration(seconds)) == said


def test_a_trial_without_a_size_says_why():
    trial = TRIAL | {"per_arm": None, "days": None, "reason": "the price is known"}
    assert confirmed(one("a", trial=trial)).endswith("Size: the price is known.")
    by_column = TRIAL | {"unit": "user_id", "days": None}
    assert confirmed(one("a", trial=by_column)).endswith("users in each arm.")
    assert named(one("a", whom="")) == "Have the start read from the cache"


def test_that_a_part_of_the_users_was_looked_at_is_part_of_the_method() -> None:
    assert method({"unit": "user", "part": 1.0}).startswith("A saving is reckoned")
    told = plain(method({"unit": "user", "part": 0.046}))
    assert "those of 4.6 % of the users, drawn at random, stand for all. A saving" in told

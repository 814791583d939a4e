"""What a report says of its experiment's registration."""

import pytest

from assay.present.experiments import registration_blocks

TOLD = {
    "id": "e", "state": "running", "hypothesis": "It helps.", "owner": "me", "rule": "Ship it.",
    "sha256": "ab", "started_at": "2026-03-02T09:00:00+00:00", "concluded_at": None,
    "decision": None, "epochs": 1, "deviations": [],
}  # fmt: skip
CHANGE = {"field": "metrics.CTR.margin", "before": "0.1", "after": "", "first_seen": ""}


def test_without_a_registration_nothing_is_said():
    assert registration_blocks({}) == ()
    assert registration_blocks({"registration": None}) == ()


def test_without_a_change_it_says_so():
    (section,) = registration_blocks({"registration": TOLD})
    assert (
        section.heading == "Nothing was changed since it was registered on 2\u00a0March\u00a02026"
    )
    assert section.lead == "It helps. Decision rule: Ship it."


@pytest.mark.parametrize(("changes", "begins"), [(1, "One thing was"), (2, "Two things were")])
def test_changes_are_told_with_what_they_were(changes, begins):
    told = TOLD | {"deviations": [CHANGE] * changes}
    section, table, note = registration_blocks({"registration": told})
    assert section.heading.startswith(f"{begins} changed after the start")
    assert table.rows[0][:3] == ["metrics.CTR.margin", "0.1", "–"]
    assert "exploratory" in note.text


def test_what_never_started_and_what_was_reallocated_is_remarked():
    section, note = registration_blocks({"registration": TOLD | {"started_at": None}})
    assert section.heading == "It is registered, but was not started"
    assert "Nothing was fixed before the data came in" in note.text
    *_, note = registration_blocks({"registration": TOLD | {"epochs": 3}})
    assert "under 3 splits" in note.text

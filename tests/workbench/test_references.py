"""How a person names a version."""

import json
from pathlib import Path

import pytest

from assay.core.errors import NothingYetError, ParameterError
from assay.workbench.layout import VERSION_FILES
from assay.workbench.references import find_version, full_name

OLD, NEW = "2026-11-01T060000Z-aaaaaaaa", "2026-11-02T060000Z-bbbbbbbb"


def put_up(workshop, report, set_name, *ids) -> Path:
    shelf = workshop.root / "reports/published" / report / set_name
    shelf.mkdir(parents=True)
    for name in ids:
        (shelf / name).mkdir()
        for file in VERSION_FILES:
            (shelf / name / file).write_text("{}")
        manifest = {"report": report, "set": set_name}
        (shelf / name / "manifest.json").write_text(json.dumps(manifest))
    return shelf


@pytest.fixture
def shelves(workshop):
    put_up(workshop, "ab-test", "greeting", OLD, NEW)
    put_up(workshop, "ab-test", "planner", OLD)
    put_up(workshop, "costs", "default", "2026-10-01T060000Z-cccccccc")
    put_up(workshop, "tried", "default")
    return workshop


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab-test/greeting@latest", f"ab-test/greeting@{NEW}"),
        ("ab-test/greeting@", f"ab-test/greeting@{NEW}"),
        ("ab-test/greeting@previous", f"ab-test/greeting@{OLD}"),
        (f"ab-test/planner@{OLD}", f"ab-test/planner@{OLD}"),
        ("ab-test/greeting@2026-11-01", f"ab-test/greeting@{OLD}"),
        (NEW, f"ab-test/greeting@{NEW}"),
        ("2026-10", "costs/default@2026-10-01T060000Z-cccccccc"),
        ("costs@latest", "costs/default@2026-10-01T060000Z-cccccccc"),
        ("costs", "costs/default@2026-10-01T060000Z-cccccccc"),
        ("ab-test/greeting", f"ab-test/greeting@{NEW}"),
    ],
)
def test_a_version_is_named_in_several_ways(shelves, text: str, expected: str) -> None:
    assert full_name(find_version(shelves.project, text)) == expected


def test_a_full_name_leads_back(shelves) -> None:
    found = find_version(shelves.project, "ab-test/planner@latest")
    assert find_version(shelves.project, full_name(found)) == found


def test_a_folder_is_a_name_too(shelves, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelves.root / "reports/published/ab-test")
    assert find_version(shelves.project, f"greeting/{OLD}").id == OLD
    with pytest.raises(ParameterError, match="is no version"):
        find_version(shelves.project, "./greeting")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ab-tset/greeting@latest", "did you mean 'ab-test'"),
        ("ab-test/greting@latest", "did you mean 'greeting'"),
        ("ab-test@latest", "several sets: greeting, planner"),
        ("ab-test/greeting@lates", "did you mean 'latest'"),
        ("ab-test/greeting@2026-11", "begins 2 versions"),
        (OLD, "begins 2 versions"),
        ("ab-test", "several sets: greeting, planner"),
        ("ab-test/greting", "did you mean 'greeting'"),
        ("2027", "no version '2027'"),
        ("", "no version ''"),
    ],
)
def test_what_is_meant_is_asked_for(shelves, text: str, told: str) -> None:
    with pytest.raises(ParameterError) as caught:
        find_version(shelves.project, text)
    assert told in str(caught.value)


def test_what_is_not_there_yet_is_told(shelves) -> None:
    with pytest.raises(NothingYetError, match="one version only"):
        find_version(shelves.project, "costs@previous")
    with pytest.raises(NothingYetError, match="no published version"):
        find_version(shelves.project, "tried@latest")


def test_nothing_published(workshop) -> None:
    with pytest.raises(ParameterError, match="nothing is published yet"):
        find_version(workshop.project, "costs@latest")

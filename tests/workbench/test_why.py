"""What is said of the reasons for a run is what was changed, and nothing else."""

import pytest

from assay.workbench.catalogue import find_report
from assay.workbench.plan import plan
from assay.workbench.runs import digests_of
from assay.workbench.sets import sets_of
from assay.workbench.why import why


def reasons(workshop, name: str = "x", set_name: str = "default") -> tuple[str, ...]:
    project = workshop.project
    wanted = plan(
        project,
        find_report(project, name),
        sets_of(project, name)[set_name],
        digests=digests_of(project),
        set_name=set_name,
    )
    return why(project, wanted)


@pytest.fixture
def published(workshop):
    workshop.write("mine.py", "A = 1\n")
    workshop.write("rows.csv", "a\n1\n")
    workshop.write("requirements.lock", "polars==2.1\n")
    workshop.write("params/x.yaml", "n: 2\n")
    workshop.notebook(
        "x",
        "import mine",
        parameters="from assay.params import Input\nrows: Input = 'rows.csv'\nn: int = 1",
    )
    assert reasons(workshop) == ("it was never published",)
    (outcome,) = workshop.publish()
    assert reasons(workshop) == (f"nothing has changed since {outcome.version}",)
    return workshop


def test_every_change_is_told_by_its_name(published) -> None:
    published.write("params/x.yaml", "n: 3\n")
    assert reasons(published) == ("parameter n was 2, is 3",)

    published.write("rows.csv", "a\n1\n22\n")
    assert reasons(published)[1:] == ("rows: rows.csv has changed (+3 bytes)",)

    published.write("mine.py", "import other\n")
    published.write("other.py", "")
    assert reasons(published)[:2] == ("code changed: mine.py", "code newly imported: other.py")

    published.write("requirements.lock", "polars==2.2\n")
    assert reasons(published)[-1].startswith("the packages have changed")

    published.notebook(
        "x",
        "pass",
        parameters="from assay.params import Input\nrows: Input = 'more.csv'\nnew: str = 'a'\nn: int = 1",
    )
    published.write("more.csv", "a\n")
    told = reasons(published)
    assert told[0] == "10-x.ipynb has changed"
    assert "code no longer imported: mine.py" in told
    assert {'parameter new is new: "a"', "rows is read from more.csv now"} <= set(told)
    assert "rows is no longer read from rows.csv" in told


def test_a_failed_run_of_the_same_is_a_reason(workshop) -> None:
    workshop.notebook("x", "1 / 0")
    workshop.publish()
    assert reasons(workshop) == ("it was never published: the last run failed",)

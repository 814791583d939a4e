from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from assay.core import audit
from assay.workbench import removal
from assay.workbench.removal import finish_removals, remove
from assay.workbench.runs import digests_of
from assay.workbench.upkeep import after_batch
from assay.workbench.versions import tombstones, versions
from workbench.shelved import put_up

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")


def shelf(workshop) -> Path:
    return workshop.root / "reports/published/x/default"


def take(workshop, *found, reason: str = "wrong prices") -> None:
    remove(workshop.project, found, cause="withdrawn", reason=reason, now=NOW)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_withdrawn_version_leaves_a_notice_at_its_address(workshop) -> None:
    workshop.notebook("x", "1")
    old, newest = (put_up(workshop.root, day) for day in DAYS[:2])
    take(workshop, newest, reason="<b>wrong</b> prices")
    assert names(newest.folder) == ["index.html", "removed.json"]
    page = (newest.folder / "index.html").read_text()
    assert "Withdrawn on 21 Nov 2026: &lt;b&gt;wrong&lt;/b&gt; prices" in page
    assert 'href="../latest.html"' in page
    assert "Found on 2026-11-02" not in page
    assert f"url={old.id}/index.html" in (shelf(workshop) / "latest.html").read_text()
    assert [v.id for v in versions(workshop.project, "x", "default")] == [old.id]
    assert [t.version for t in tombstones(workshop.project, "x", "default")] == [newest.id]
    (entry,) = audit.entries(workshop.project.audit)
    assert (entry.what, entry.details["version"]) == ("withdrawal", newest.id)
    after_batch(workshop.project, digests=digests_of(workshop.project))
    published = workshop.root / "reports/published"
    assert newest.id not in (published / "index.html").read_text()
    assert newest.id not in (published / "feed.xml").read_text()
    history = (shelf(workshop) / "versions.html").read_text()
    assert "Withdrawn on 21 Nov 2026" in history
    assert "Found on 2026-11-02" not in history


def test_an_older_version_goes_and_latest_stays(workshop) -> None:
    old, newest = (put_up(workshop.root, day) for day in DAYS[:2])
    take(workshop, old)
    assert f"url={newest.id}/index.html" in (shelf(workshop) / "latest.html").read_text()


def test_where_all_are_gone_latest_says_so_and_the_site_goes_on(workshop) -> None:
    workshop.notebook("x", "1")
    both = [put_up(workshop.root, day) for day in DAYS[:2]]
    take(workshop, *both)
    latest = (shelf(workshop) / "latest.html").read_text()
    assert "This version was withdrawn" in latest
    assert "refresh" not in latest
    assert 'href="../../index.html"' in latest
    assert "no other version" in (both[0].folder / "index.html").read_text()
    after_batch(workshop.project, digests=digests_of(workshop.project))
    assert "0 versions" in (shelf(workshop) / "versions.html").read_text()
    assert (
        "No report has been published"
        in (workshop.root / "reports/published/index.html").read_text()
    )


class Killed(BaseException):
    """The process ends here."""


def test_wherever_it_is_killed_the_next_call_completes_it(
    workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.notebook("x", "1")
    put_up(workshop.root, DAYS[0])
    for steps in count():
        newest = put_up(workshop.root, f"2026-12-{steps + 1:02}")
        left = iter([True] * steps)

        def counted(*arguments, real, left=left, **options):
            if not next(left, False):
                raise Killed
            return real(*arguments, **options)

        stopped = False
        with monkeypatch.context() as patch:
            for name in ("write_atomically", "point_latest", "_clear", "_log"):
                real = getattr(removal, name)
                patch.setattr(
                    removal, name, lambda *a, real=real, c=counted, **k: c(*a, real=real, **k)
                )
            patch.setattr(
                Path, "unlink", lambda *a, real=Path.unlink, c=counted, **k: c(*a, real=real, **k)
            )
            try:
                take(workshop, newest)
            except Killed:
                stopped = True
        if (newest.folder / "removed.json").exists():
            finish_removals(workshop.project)
            after_batch(workshop.project, digests=digests_of(workshop.project))
            assert names(newest.folder) == ["index.html", "removed.json"]
            assert "This version was withdrawn" in (newest.folder / "index.html").read_text()
            assert DAYS[0] in (shelf(workshop) / "latest.html").read_text()
            assert newest.id not in (workshop.root / "reports/published/index.html").read_text()
        else:
            take(workshop, newest)
        if not stopped:
            break
    assert steps > 6


def test_what_was_withdrawn_is_not_published_again_unless_it_is_forced(workshop) -> None:
    workshop.notebook("x", "print(n)", parameters="n: int = 1")
    workshop.publish()
    take(workshop, *versions(workshop.project, "x", "default"))
    (outcome,) = workshop.publish()
    assert outcome.state == "waiting"
    assert "withdrawn on 2026-11-21: wrong prices" in str(outcome.error)
    (again,) = workshop.publish(force=True)
    assert again.state == "published"
    assert workshop.publish()[0].state == "current"
    workshop.write("params/x.yaml", "n: 2")
    assert workshop.publish()[0].state == "published"

import json
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import pytest

from assay.core.errors import ProjectError
from assay.workbench import site
from assay.workbench.layout import VERSION_FILES
from assay.workbench.removal import remove
from assay.workbench.runs import digests_of
from assay.workbench.site import MARKER_FILE, copy_site
from assay.workbench.upkeep import after_batch
from workbench.shelved import put_up

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def stocked(workshop):
    """Two versions of one report, with everything around them."""
    workshop.notebook("x", "1")
    for day in ("2026-11-01", "2026-11-02"):
        put_up(workshop.root, day)
    tidy(workshop)
    return workshop


def tidy(workshop) -> None:
    after_batch(workshop.project, digests=digests_of(workshop.project))


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER_FILE
    }


def insist_that_it_works(to: Path) -> None:
    """Whatever index and `latest` lead to is there in full."""
    for page in [to / "index.html", *to.rglob("latest.html")]:
        if not page.exists():
            continue
        for version in {part for part in page.read_text().split('"') if "-0000abcd/" in part}:
            target = (page.parent / version.partition("url=")[2 * ("url=" in version)]).resolve()
            assert target.is_file(), f"{page} leads to {version}"
    for folder in to.glob("*/*/*-0000abcd"):
        if (folder / "index.html").exists() and not (folder / "removed.json").exists():
            assert {path.name for path in folder.iterdir()} >= set(VERSION_FILES)


def test_the_whole_site_is_copied_and_the_second_time_only_what_is_new(
    stocked, tmp_path: Path
) -> None:
    to = tmp_path / "public"
    first = copy_site(stocked.project, to)
    source = stocked.root / "reports/published"
    assert files(to) == files(source)
    assert all((to / name).read_bytes() == (source / name).read_bytes() for name in files(to))
    assert (first.written, first.same, first.removed) == (len(files(to)), 0, 0)
    again = copy_site(stocked.project, to)
    assert (again.written, again.same) == (0, first.written)
    put_up(stocked.root, "2026-11-03")
    tidy(stocked)
    third = copy_site(stocked.project, to)
    assert third.written == len(VERSION_FILES) + len(("latest", "versions", "feed", "index"))
    insist_that_it_works(to)


def test_what_was_withdrawn_goes_there_too_and_what_is_not_ours_stays(
    stocked, tmp_path: Path
) -> None:
    to = tmp_path / "public"
    copy_site(stocked.project, to)
    (to / "robots.txt").write_text("mine")
    newest = put_up(stocked.root, "2026-11-03")
    tidy(stocked)
    copy_site(stocked.project, to)
    remove(stocked.project, [newest], cause="withdrawn", reason="", now=NOW)
    tidy(stocked)
    assert copy_site(stocked.project, to).removed == len(VERSION_FILES) - 1
    assert "withdrawn" in (to / "x/default" / newest.id / "index.html").read_text()
    assert not (to / "x/default" / newest.id / "result.json").exists()
    assert (to / "robots.txt").read_text() == "mine"
    insist_that_it_works(to)


class Killed(BaseException):
    """The process ends here."""


def test_wherever_it_is_stopped_the_copy_works_and_the_next_call_completes_it(
    stocked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "public"
    copy_site(stocked.project, to)
    newest = put_up(stocked.root, "2026-11-03")
    remove(stocked.project, [newest], cause="withdrawn", reason="", now=NOW)
    put_up(stocked.root, "2026-11-04")
    tidy(stocked)
    real, steps = site.write_atomically, 0
    while True:
        left = iter([True] * steps)

        def stopped(path: Path, content: bytes | str, left=left) -> None:
            if not next(left, False):
                raise Killed
            real(path, content)

        with monkeypatch.context() as patch:
            patch.setattr(site, "write_atomically", stopped)
            try:
                copy_site(stocked.project, to)
            except Killed:
                insist_that_it_works(to)
                steps += 1
                continue
        break
    assert steps >= 3
    assert files(to) == files(stocked.root / "reports/published")


@pytest.mark.parametrize("where", [".", "reports", "reports/published", "reports/published/x"])
def test_a_folder_in_or_around_the_site_is_refused(stocked, where: str) -> None:
    with pytest.raises(ProjectError, match="lie in each other"):
        copy_site(stocked.project, stocked.root / where)


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(
    stocked, tmp_path: Path
) -> None:
    to = tmp_path / "home"
    to.mkdir()
    (to / "thesis.tex").write_text("x")
    with pytest.raises(ProjectError, match=r"holds something else \(thesis.tex\)"):
        copy_site(stocked.project, to)
    assert files(to) == {"thesis.tex"}
    (to / "thesis.tex").rename(to / ".nojekyll")
    copy_site(stocked.project, to)
    assert (to / ".nojekyll").exists()


def test_a_file_of_somebody_else_in_the_way_is_not_overwritten(stocked, tmp_path: Path) -> None:
    to = tmp_path / "public"
    copy_site(stocked.project, to)
    in_the_way = to / "x/default/2026-11-09T060000Z-0000abcd/report.pdf"
    in_the_way.parent.mkdir()
    in_the_way.write_text("mine")
    put_up(stocked.root, "2026-11-09")
    with pytest.raises(ProjectError, match="none of the files that were copied"):
        copy_site(stocked.project, to)
    assert in_the_way.read_text() == "mine"


def test_no_link_and_no_marker_leads_out_of_the_folder(stocked, tmp_path: Path) -> None:
    to, outside = tmp_path / "public", tmp_path / "outside"
    copy_site(stocked.project, to)
    outside.mkdir()
    (outside / "precious").write_text("x")
    marker = json.loads((to / MARKER_FILE).read_text())
    marker["files"] += ["../outside/precious", "/etc/hostname"]
    (to / MARKER_FILE).write_text(json.dumps(marker))
    assert copy_site(stocked.project, to).removed == 0
    assert (outside / "precious").exists()
    (to / "y").symlink_to(outside)
    put_up(stocked.root, "2026-11-09", report="y")
    with pytest.raises(ProjectError, match="leads out of"):
        copy_site(stocked.project, to)
    assert files(outside) == {"precious"}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing to say."""


def get(url: str) -> str:
    with urlopen(url) as answer:  # noqa: S310  our own server
        assert answer.status == 200
        return answer.read().decode()


def test_it_is_served_below_any_path(stocked, tmp_path: Path) -> None:
    copy_site(stocked.project, tmp_path / "www/deep/reports")
    handler = partial(Quiet, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/deep/reports/"
        index = get(base + "index.html")
        for link in ("x/default/versions.html", "feed.xml"):
            assert f'href="{link}"' in index
            assert get(base + link)
        latest = get(base + "x/default/latest.html")
        target = latest.partition("url=")[2].partition('"')[0]
        assert get(f"{base}x/default/{target}")
        server.shutdown()

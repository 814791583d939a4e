"""Many reports at once, beside papermill and nbconvert called in sequence; and rendering alone.

python benchmarks/reports.py [--sets 40] [--renders 5]

Exits with 1 where the batch takes more than a quarter of the others' time, where more than one set
runs after one was changed, or where rendering misses its limits.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks/results"
REPORT, NOTEBOOK = "ab-test", "10-ab-test.ipynb"
BIN = Path(sys.executable).parent
SHARE, RENDER_S, PAGE_KB = 0.25, 0.6, 700


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--sets", type=int, default=40, help="parameter sets of the A/B report")
    parser.add_argument("--renders", type=int, default=5, help="of one executed report")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        sets = prepare(project, options.sets)
        others = timed(lambda: in_sequence(project, sets))
        first, published = publish(project)
        second, current = publish(project)
        sets["set-0"]["seed"] = 1_000_000
        write_sets(project, sets)
        third, changed = publish(project)
        one, page, paper, charts = rendering(project, options.renders)
    share = first / others
    each = f"{others / len(sets):.1f} s each"
    print(
        f"{len(sets)} sets of {REPORT}, {os.cpu_count()} cores, wall time with the start of Python"
    )
    print(f"  papermill, then nbconvert --to html, in sequence   {others:8.1f} s   {each}")
    print(
        f"  assay publish, HTML and PDF                        {first:8.1f} s   "
        f"{first / len(sets):.1f} s each, {share:.2f} of it (limit {SHARE})"
    )
    print(f"  again, nothing changed                             {second:8.1f} s   {current}")
    print(f"  again, one set changed                             {third:8.1f} s   {changed}")
    print(
        f"one executed report of {charts} charts, warm, HTML and PDF, median of {options.renders}"
    )
    print(
        f"  {one:.2f} s (limit {RENDER_S}), "
        f"HTML {page:.0f} kB (limit {PAGE_KB}), PDF {paper:.0f} kB"
    )
    kept = {
        "sets": len(sets), "cores": os.cpu_count(), "in_sequence_s": others, "publish_s": first,
        "share": share, "current_s": second, "one_changed_s": third, "render_s": one,
        "html_kb": page, "pdf_kb": paper, "charts": charts,
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "reports.json").write_text(json.dumps(kept, indent=1))
    good = (
        published == {"published": len(sets)}
        and current == {"current": len(sets)}
        and changed.get("published") == 1
    )
    return int(not good or share > SHARE or one > RENDER_S or page > PAGE_KB)


def prepare(project: Path, number: int) -> dict[str, dict]:
    """A project of the A/B notebook and the sample, with sets that differ in their seed."""
    (project / "assay.toml").write_text("")
    (project / "notebooks").mkdir()
    (project / "params").mkdir()
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, project / "notebooks")
    call([BIN / "assay", "sample"], project)
    base = resolved(project)
    sets = {f"set-{n}": {**base, "seed": n} for n in range(number)}
    write_sets(project, sets)
    return sets


def resolved(project: Path) -> dict:
    """The first bundled set with its metrics spelt out: papermill knows no declared ones."""
    from assay.workbench.catalogue import find_report
    from assay.workbench.plan import plan
    from assay.workbench.project import Project
    from assay.workbench.runs import digests_of
    from assay.workbench.sets import sets_of

    for name in (f"{REPORT}.yaml", "metrics.yaml"):
        shutil.copy(ROOT / "params" / name, project / "params")
    here = Project.at(project)
    given = next(iter(sets_of(here, REPORT).values()))
    found = plan(here, find_report(here, REPORT), given, digests=digests_of(here)).given
    return json.loads(json.dumps(found))


def write_sets(project: Path, sets: dict[str, dict]) -> None:
    (project / "params" / f"{REPORT}.yaml").write_text(yaml.safe_dump({"sets": sets}))


def in_sequence(project: Path, sets: dict[str, dict]) -> None:
    """What people do without Assay: one set after the other, run, then turned into a page."""
    out = project / "out"
    out.mkdir()
    for name, values in sets.items():
        file, run = out / f"{name}.yaml", out / f"{name}.ipynb"
        file.write_text(yaml.safe_dump(values))
        papermill = [BIN / "papermill", project / "notebooks" / NOTEBOOK, run, "-f", file]
        call([*papermill, "--cwd", project, "-k", "python3"], project)
        call([BIN / "jupyter", "nbconvert", "--to", "html", run], project)


def publish(project: Path) -> tuple[float, dict[str, int]]:
    """Seconds of the command, and how many sets ended in which state."""
    begun = time.perf_counter()
    told = call([BIN / "assay", "publish", "--json"], project)
    seconds = time.perf_counter() - begun
    states = [report["state"] for report in json.loads(told)["reports"]]
    return seconds, {state: states.count(state) for state in sorted(set(states))}


def rendering(project: Path, times: int) -> tuple[float, float, float, int]:
    """Median seconds of a warm rendering, kilobytes of page and paper, and the number of charts."""
    import nbformat

    from assay.workbench.render import Page, render

    shelf = project / "reports/published" / REPORT / "set-1"
    version = max(path for path in shelf.iterdir() if path.is_dir())
    manifest, result = (
        json.loads((version / name).read_text()) for name in ("manifest.json", "result.json")
    )
    seconds = []
    for n in range(times + 1):
        notebook = nbformat.read(version / "notebook.ipynb", as_version=4)
        page = Page(
            report=REPORT, set_name="set-1", version=version.name, as_of=manifest["as_of"],
            notebook=notebook, result=result, manifest=manifest, history=(result,),
        )  # fmt: skip
        out = project / f"render-{n}"
        out.mkdir()
        seconds.append(timed(lambda page=page, out=out: render(page, out, renderer="embedded")))
    charts = sum(
        any("vega" in kind for kind in output.get("data", {}))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    sizes = [(out / name).stat().st_size / 1000 for name in ("index.html", "report.pdf")]
    return statistics.median(seconds[1:]), *sizes, charts


def timed(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def call(command: list, project: Path) -> str:
    environment = {**os.environ, "ASSAY_PROJECT": str(project)}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

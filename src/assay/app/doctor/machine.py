"""What a machine has: programs, packages, memory."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from packaging.requirements import Requirement

from assay.app.doctor.finding import Looked, fine, missing, wrong
from assay.core.errors import AssayError
from assay.workbench.render.quarto import find_quarto

if TYPE_CHECKING:
    from collections.abc import Iterator

GIBIBYTE: Final = 2**30
MEMORY: Final = 2
"""Gibibytes that should be free: a kernel with its imports takes a third of one."""
JAVA: Final = 17
BROWSERS: Final = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
EXTRAS: Final = {
    "JupyterLab": ("jupyterlab", "lab", "`assay lab` cannot start; reports run without it"),
    "Dask": ("distributed", "cluster", "reports run on this machine only, not on a cluster"),
    "Spark": ("pyspark", "spark", "rows on a Spark cluster cannot be summarised where they lie"),
    "DuckDB": ("duckdb", "bench", "rows in DuckDB cannot be summarised there; Polars does it here"),
    "nutpie": ("nutpie", "bayes", "segments of few events stay unpooled: their model is sampled"),
    "matplotlib": ("matplotlib", "lab", "notebooks that draw with matplotlib fail"),
    "pandas": ("pandas", "lab", "notebooks that use pandas fail"),
}


def look_at_machine() -> Iterator[Looked]:
    """Everything that does not depend on a project."""
    yield fine("Python", f"{platform.python_version()} in {sys.prefix}")
    yield from _packages()
    yield _fonts()
    yield _quarto()
    yield _git()
    for what, (module, extra, cost) in EXTRAS.items():
        yield _extra(what, module, extra, cost)
    yield _java()
    yield _browser()
    yield _compiler()
    yield _database()
    yield _memory()


def _packages() -> Iterator[Looked]:
    """What this version of Assay needs, held against what is installed."""
    wanted = [Requirement(line) for line in requires("assay") or ()]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    unfit = []
    for one in wanted:
        try:
            installed = version(one.name)
        except PackageNotFoundError:
            unfit.append(f"{one.name} is not there, expected {one.specifier or 'it'}")
            continue
        if not one.specifier.contains(installed, prereleases=True):
            unfit.append(f"{one.name} {installed}, expected {one.specifier}")
    if unfit:
        yield wrong(
            "Packages",
            "; ".join(unfit),
            cost="commands fail, or answer otherwise than they were tested",
            remedy="install Assay again: pip install --upgrade assay",
        )
    else:
        yield fine("Packages", f"all {len(wanted)} that assay {version('assay')} needs")


def _fonts() -> Looked:
    import ttf_opensans  # noqa: PLC0415  a package of the list above, which may be broken

    fonts = list((Path(ttf_opensans.__file__).parent / "ttf").glob("*.ttf"))
    if fonts:
        return fine("Fonts", f"Open Sans, {len(fonts)} cuts")
    return wrong(
        "Fonts",
        "Open Sans is not there",
        cost="charts and PDFs cannot be set",
        remedy="install it again: pip install --force-reinstall ttf-opensans",
    )


def _quarto() -> Looked:
    remedy = "install it from quarto.org, or `pip install quarto-cli`"
    try:
        found = find_quarto()
    except AssayError as error:
        return wrong("Quarto", error.message, cost="no page can be made", remedy=error.remedy)
    if found is None:
        cost = "no slides (revealjs) and no docx; HTML and PDF come from the embedded renderer"
        return missing("Quarto", cost=cost, remedy=remedy)
    told = _told([str(found), "--version"])
    return fine("Quarto", told) if told else _mute("Quarto", found, remedy)


def _git() -> Looked:
    told = _told(["git", "--version"])
    if told:
        return fine("git", told.removeprefix("git version "))
    cost = "manifests cannot say from which revision a report was made"
    return missing("git", cost=cost, remedy="install git")


def _extra(what: str, module: str, extra: str, cost: str) -> Looked:
    if find_spec(module) is None:
        return missing(what, cost=cost, remedy=f"pip install 'assay[{extra}]'")
    try:
        return fine(what, version(module))
    except PackageNotFoundError:
        return fine(what, "there")


def _java() -> Looked:
    told = _told(["java", "-version"])
    found = re.search(r'version "(\d+)', told)
    if found and int(found[1]) >= JAVA:
        return fine("Java", found[1])
    cost = f"Spark needs Java {JAVA} or newer; nothing else does"
    remedy = f"install a JRE of version {JAVA} or newer"
    return missing("Java", cost=cost, remedy=remedy, found=found[1] if found else "not there")


def _browser() -> Looked:
    found = next((place for name in BROWSERS if (place := shutil.which(name))), None)
    if found:
        return fine("Browser", found)
    cost = "pages are not tried in a browser by the tests; publishing needs none"
    return missing("Browser", cost=cost, remedy="install chromium")


def _compiler() -> Looked:
    found = next((place for name in ("cc", "gcc", "clang") if (place := shutil.which(name))), None)
    if found:
        return fine("Compiler", found)
    cost = "packages without a wheel for this machine cannot be installed"
    return missing("Compiler", cost=cost, remedy="install gcc or clang")


def _database() -> Looked:
    """Databases are read through drivers of their own; the client's program is a comfort."""
    found = shutil.which("psql")
    if found:
        return fine("PostgreSQL", f"driver and {found}")
    cost = "none for imports, which bring their own driver; you cannot look with psql"
    return missing("PostgreSQL", found="driver only", cost=cost, remedy="install postgresql-client")


def _memory() -> Looked:
    free = psutil.virtual_memory().available / GIBIBYTE
    found = f"{free:.1f} GiB free"
    if free >= MEMORY:
        return fine("Memory", found)
    return missing(
        "Memory",
        found=found,
        cost="several reports at once may run out of it",
        remedy="close what needs much, or set [batch] and [limits] in assay.toml lower",
    )


def _mute(what: str, found: Path, remedy: str) -> Looked:
    return wrong(what, f"{found} does not answer", cost="it cannot be used", remedy=remedy)


def _told(command: list[str]) -> str:
    """What a program says of itself, "" where it is not there or fails."""
    program = shutil.which(command[0])
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603  fixed arguments
            [program, *command[1:]], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip() if done.returncode == 0 else ""

"""One archive with everything that a reviewer needs to run a version again.

What it holds is a small project: the version's notebook and parameters, the project's own modules
that it imports, the lock file, the inputs, and the version itself to compare with. The same version
gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import yaml

from assay.core.errors import DataError, ParameterError, ProjectError
from assay.core.project import SETTINGS_FILE, expand_home
from assay.core.provenance import SourceState
from assay.workbench.catalogue import Report
from assay.workbench.closure import closure_of
from assay.workbench.files import json_text, staging_beside, sync, writing
from assay.workbench.inputs import matching
from assay.workbench.keys import LOCK_FILES
from assay.workbench.layout import (
    BESIDE_FILES,
    MANIFEST_FILE,
    NOTEBOOK_FILE,
    PAGE_FILE,
    PDF_FILE,
    RESULT_FILE,
)
from assay.workbench.notebook import LEFT_BY_A_RUN
from assay.workbench.origins import short
from assay.workbench.plan import plan
from assay.workbench.runs import digests_of

if TYPE_CHECKING:
    from assay.workbench.plan import Plan
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

BUNDLE_FILE: Final = "bundle.json"
VERSION_FOLDER: Final = "version"
ELSEWHERE: Final = "data/elsewhere"
"""Where inputs from outside the project's folder lie in a bundle."""
SET: Final = "bundle"
FORMAT: Final = 1
MOST_DATA: Final = 500_000_000
"""Bytes of inputs that a bundle takes without being asked to take more."""

_PIECE: Final = 1 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = (stat.S_IFREG | 0o600) << 16

Content = dict[str, "Path | bytes"]
Carry = Callable[[SourceState], "Content | None"]
"""The files in which a source that is no path travels, by their names; None where it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """An archive that was written.

    Attributes:
        data: bytes of inputs, unpacked.
        remarks: what a reviewer should know: what is not as it was recorded.
    """

    file: Path
    bytes: int
    files: int
    data: int
    remarks: tuple[str, ...]


def bundle(  # noqa: PLR0913  what is packed, where to, how much of it, and how
    project: Project,
    version: Version,
    out: Path,
    *,
    carry: Carry,
    most_data: int = MOST_DATA,
    although_changed: bool = False,
) -> Bundled:
    """Packs a version with its inputs, code and lock into one file, which must not be there yet.

    Args:
        project: where inputs and code are.
        version: what is packed.
        out: the archive.
        carry: brings sources that are no paths.
        most_data: bytes of inputs that are accepted.
        although_changed: pack inputs and code also where they are not those of the version.

    Raises:
        DataError: where inputs or code have changed since, a source cannot travel, or there is too
            much of it; nothing is written.
        ProjectError: where the archive is there already, or cannot be written.
    """
    if out.exists():
        raise ProjectError(f"{out} is there already", remedy="choose another name with --out")
    values = version.manifest.get("parameters") or {}
    report = Report(0, str(version.manifest["report"]), version.folder / NOTEBOOK_FILE)
    digests = digests_of(project)
    wanted = plan(project, report, values, digests=digests)
    digests.save()
    remarks = _changed(version, wanted)
    if remarks and not although_changed:
        raise DataError(
            f"{version.id} would not come out again: {'; '.join(remarks)}",
            remedy="publish anew and bundle that version, or pack it all the same with --anyway",
        )
    data, rewritten = _inputs(project, wanted, carry)
    size = sum(_size(content) for content in data.values())
    if size > most_data:
        raise DataError(
            f"the inputs have {_megabytes(size)}, more than {_megabytes(most_data)}",
            remedy="allow it with --max-mb, or name smaller inputs: rows and columns that are used",
        )
    content = {
        **_project(project, wanted, version),
        **data,
        f"params/{report.name}.yaml": _parameters(values | rewritten),
    }
    about = {
        "format": FORMAT,
        "report": report.name,
        "set": version.manifest["set"],
        "version": version.id,
        "parameters": rewritten,
        "remarks": list(remarks),
    }
    content["README.md"] = _readme(about, version, size).encode()
    about["files"] = {
        name: {"sha256": _sha256(content[name]), "bytes": _size(content[name])}
        for name in sorted(content)
    }
    content[BUNDLE_FILE] = json_text(about).encode()
    _write(out, content)
    return Bundled(
        file=out,
        bytes=out.stat().st_size,
        files=len(content),
        data=size,
        remarks=remarks,
    )


def _changed(version: Version, wanted: Plan) -> tuple[str, ...]:
    """What would go into the bundle and is not what the version was made from."""
    recorded = version.manifest
    before = {(found["name"], found.get("sha256")) for found in recorded.get("inputs") or ()}
    told = [
        f"{found.name} has changed since ({short(found.sha256)})"
        for found in wanted.ingredients.inputs
        if (found.name, found.sha256) not in before
    ]
    code = (recorded.get("made_from") or {}).get("code") or {}
    now = wanted.ingredients.code
    # Assay's own modules do not travel: their version is pinned.
    own = [
        name
        for name in sorted({*code, *now})
        if not name.startswith("assay/") and code.get(name) != now.get(name)
    ]
    told += [f"{name} has changed since" for name in own]
    return tuple(told)


def _project(project: Project, wanted: Plan, version: Version) -> Content:
    recorded = version.manifest
    name = PurePosixPath(str((recorded.get("notebook") or {}).get("path") or "")).name
    content: Content = {
        SETTINGS_FILE: f"[project]\nname = {json.dumps(project.name)}\n".encode(),
        f"notebooks/{name or f'10-{wanted.report.name}.ipynb'}": _source(wanted),
        "requirements.txt": _requirements(recorded.get("packages") or {}),
    }
    named = (MANIFEST_FILE, RESULT_FILE, NOTEBOOK_FILE, PAGE_FILE, PDF_FILE, *BESIDE_FILES)
    for file in named:
        path = version.folder / file
        if path.is_file():
            content[f"{VERSION_FOLDER}/{version.id}/{file}"] = path
    for lock in LOCK_FILES:
        if (project.root / lock).is_file():
            content[lock] = project.root / lock
    for own, path in closure_of(wanted.notebook, project).files.items():
        if not own.startswith("assay/"):
            content[_safe(own)] = path
    return content


def _source(wanted: Plan) -> bytes:
    """The notebook as it was written: without outputs, and without the values of the run."""
    raw = json.loads(json.dumps(wanted.notebook.raw))
    raw["cells"] = [
        cell
        for cell in raw["cells"]
        if not LEFT_BY_A_RUN & set(cell.get("metadata", {}).get("tags", ()))
    ]
    for cell in raw["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    raw.get("metadata", {}).pop("papermill", None)
    return json_text(raw).encode()


def _requirements(packages: Mapping[str, str]) -> bytes:
    return "".join(f"{name}=={found}\n" for name, found in packages.items()).encode()


def _parameters(values: Mapping[str, Any]) -> bytes:
    text = yaml.safe_dump({"sets": {SET: dict(values)}}, allow_unicode=True, sort_keys=False)
    return text.encode()


def _inputs(project: Project, wanted: Plan, carry: Carry) -> tuple[Content, dict[str, Any]]:
    """The files of all inputs, and the parameters whose paths are others in the bundle."""
    content: Content = {}
    rewritten: dict[str, Any] = {}
    for name in wanted.form.inputs:
        value = wanted.values.get(name)
        paths: dict[str, str] = {}
        for number, text in enumerate(_texts(value)):
            files, moved = _travelling(project, f"{name}-{number}" if number else name, text, carry)
            content.update(files)
            if moved != text:
                paths[text] = moved
        if paths:
            rewritten[name] = _renamed(value, paths)
    return content, rewritten


def _travelling(project: Project, name: str, text: str, carry: Carry) -> tuple[Content, str]:
    """What stands for one input, and how the bundle's parameters name it."""
    found_as = project.fingerprint(text)
    if isinstance(found_as, SourceState):
        carried = carry(found_as)
        if carried is None:
            raise DataError(
                f"{name} = {found_as.label} cannot travel in a bundle",
                remedy="import its rows into the store, or export them to a Parquet file and name "
                "that; then publish, and bundle that version",
            )
        return carried, text
    path = project.root / expand_home(found_as)
    files = matching(found_as, project.root)
    for file in files:
        if file.resolve() == project.key.resolve() or file.name == ".env":
            raise DataError(f"{name} = {text!r} is a secret, which no bundle takes")
    if all(file.resolve().is_relative_to(project.root.resolve()) for file in files):
        inside = {_safe(project.relative(file)): file for file in files}
        return dict(inside), project.relative(path)
    base = files[0].parent if len(files) == 1 else Path(os.path.commonpath(files))
    folder = f"{ELSEWHERE}/{name}"
    moved = {_safe(f"{folder}/{file.relative_to(base).as_posix()}"): file for file in files}
    return dict(moved), next(iter(moved)) if len(files) == 1 else folder


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in _texts(item)]
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case _:
            return []


def _renamed(value: Any, paths: Mapping[str, str]) -> Any:  # noqa: ANN401  JSON
    match value:
        case str():
            return paths.get(value, value)
        case list():
            return [_renamed(item, paths) for item in value]
        case dict():
            return {key: _renamed(item, paths) for key, item in value.items()}
        case _:
            return value


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]:
        raise ParameterError(
            f"{name} lies outside the project and cannot keep its place in a bundle",
            remedy="move it into the project's folder",
        )
    return path.as_posix()


def _readme(about: Mapping[str, Any], version: Version, size: int) -> str:
    manifest = version.manifest
    assay = (manifest.get("packages") or {}).get("assay", "")
    remarks = "".join(f"- {remark}\n" for remark in about["remarks"])
    warned = f"\nNot as it was recorded, so numbers may differ:\n\n{remarks}" if remarks else ""
    return f"""# {about["report"]} · {about["set"]}, version {about["version"]}

A published report with everything it was made from. To run it again and compare every number:

    pip install -r requirements.txt
    assay verify .

The first installs Assay {assay} and the packages of the run (Python {manifest.get("python")}); the
second runs the notebook with the recorded parameters and says whether the numbers come out. It runs
the code in this folder: look at it first, as at any code that you were sent.
{warned}
**This archive holds data**: {_megabytes(size)} of the report's inputs. Whoever may not see those
rows may not have this file.

| | |
|---|---|
| `{VERSION_FOLDER}/` | the version: page, result, manifest, notebook as it ran |
| `notebooks/`, `params/` | its notebook as written, and its parameters (set `{SET}`) |
| `requirements.txt` | packages of the run; the project's own lock file lies beside it |
| `{BUNDLE_FILE}` | every file with its SHA-256 |
| the rest | inputs and modules, where the project has them |
"""


def _write(out: Path, content: Content) -> None:
    staged = staging_beside(out)
    with writing(out):
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                for name in sorted(content):
                    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    entry.create_system, entry.external_attr = 3, _MODE
                    with archive.open(entry, "w", force_zip64=True) as into:
                        for piece in _pieces(content[name]):
                            into.write(piece)
            sync(staged)
            staged.replace(out)
        finally:
            staged.unlink(missing_ok=True)


def _pieces(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _sha256(content: Path | bytes) -> str:
    sum_ = hashlib.sha256()
    for piece in _pieces(content):
        sum_.update(piece)
    return sum_.hexdigest()


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"

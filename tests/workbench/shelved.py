"""Versions on a shelf, as publishing leaves them, without running anything."""

import json
from pathlib import Path
from typing import Any

from assay.workbench.layout import VERSION_FILES
from assay.workbench.versions import Version, point_latest


def put_up(
    project_root: Path, day: str, *, report: str = "x", set_name: str = "default", **brief: Any
) -> Version:
    """One complete version of that day, with a brief; `latest` leads to it."""
    folder = project_root / "reports/published" / report / set_name / f"{day}T060000Z-0000abcd"
    folder.mkdir(parents=True)
    told = {"title": f"Found on {day}", "state": "ship", "tone": "good", "subtitle": ""} | brief
    manifest = {
        "report": report, "set": set_name, "version": folder.name, "key": f"key-{day}",
        "created": f"{day}T06:00:00+00:00", "as_of": day,
    }  # fmt: skip
    texts = {
        "manifest.json": json.dumps(manifest),
        "result.json": json.dumps({"brief": told, "findings": []}),
    }
    for name in VERSION_FILES:
        (folder / name).write_text(texts.get(name, f"{name} of {day}"))
    version = Version(folder)
    point_latest(version, title="x")
    return version

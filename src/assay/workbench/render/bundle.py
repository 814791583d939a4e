"""Vega, Vega-Lite and Vega-Embed as one script: made once a machine, packed once a page."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from assay.workbench.policy import source_hash

_SNIPPET: Final = "window.vegaEmbed=vegaEmbed;"
VEGALITE_VERSION: Final = "6.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The packed script, and the hash of the unpacked one, by which a page's policy names it."""

    version: str
    packed: str
    hash: str


@cache
def vega_bundle() -> Bundle:
    """The bundle of the installed vl-convert, from the user's cache where it lies there.

    Making it takes a second or more; a cache that cannot be written only costs that time again.
    """
    import vl_convert  # noqa: PLC0415  loads a JavaScript engine

    named = f"vega {vl_convert.get_vega_version()}, vega-lite {VEGALITE_VERSION}"
    path = cache_file()
    if (found := _read(path)) is not None:
        return found
    script = vl_convert.javascript_bundle(_SNIPPET, vl_version=VEGALITE_VERSION)
    packed = base64.b64encode(gzip.compress(script.encode(), 9, mtime=0)).decode()
    made = Bundle(version=named, packed=packed, hash=source_hash(script))
    _write(path, made)
    return made


def cache_file() -> Path:
    """Where the bundle of the installed versions is kept."""
    return cache_folder() / f"vega-{version('vl-convert-python')}-{VEGALITE_VERSION}.json"


def cache_folder() -> Path:
    """The user's cache: `ASSAY_CACHE`, or where the system keeps such files."""
    if named := os.environ.get("ASSAY_CACHE"):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "assay"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assay"


def _read(path: Path) -> Bundle | None:
    try:
        kept = Bundle(**json.loads(path.read_text()))
        script = gzip.decompress(base64.b64decode(kept.packed)).decode()
    except (OSError, ValueError, TypeError, EOFError):
        return None
    return kept if source_hash(script) == kept.hash else None


def _write(path: Path, bundle: Bundle) -> None:
    kept = {"version": bundle.version, "packed": bundle.packed, "hash": bundle.hash}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=path.name, delete=False
        ) as part:
            part.write(json.dumps(kept))
        Path(part.name).replace(path)
    except OSError:
        return

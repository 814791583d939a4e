"""Grammars that nothing here needs are not compiled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from types import ModuleType

_OF_IRIS = "rfc3987_syntax"


def leave_out_grammars() -> None:
    """Lets jsonschema, which notebooks and charts load, start without the grammars of IRIs.

    Where they are installed, as with JupyterLab, compiling them takes two seconds of every process;
    no chart and no notebook has a field in the format `iri`, which is all that is not checked then.
    """
    if "jsonschema" not in sys.modules:
        sys.modules.setdefault(_OF_IRIS, cast("ModuleType", None))

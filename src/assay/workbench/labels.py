"""By which words a report is found: its tags, and the agents that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from assay.workbench.notebook import Notebook

TAG_KEYS: Final = ("tags", "categories", "keywords")
"""Of a notebook's front matter or metadata, as Quarto and Jupyter write them."""

AGENT_KEYS: Final = ("agent", "agents", "agent_id", "persona", "personas")
"""Parameters that name agents; in front matter and metadata, too."""

_LONGEST: Final = 60
_MOST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """In the order in which they were found, each once."""

    tags: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()


def labels_of(notebook: Notebook, values: Mapping[str, Any], brief: Mapping[str, Any]) -> Labels:
    """What brief, parameters, front matter and metadata of a notebook say.

    Args:
        notebook: its front matter and metadata are read.
        values: the parameters of the run; `tags`, `agent`, `agents` and the like are read.
        brief: of the result, empty where there is none.
    """
    metadata = _table(notebook.raw.get("metadata"))
    places = (brief, values, notebook.front_matter, _table(metadata.get("assay")), metadata)
    return Labels(
        tags=_collected(places, TAG_KEYS),
        agents=_collected(places, AGENT_KEYS),
    )


def _collected(places: tuple[Mapping[str, Any], ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    words = (word for place in places for key in keys for word in _words(place.get(key)))
    return tuple(dict.fromkeys(words))[:_MOST]


def _words(value: object) -> list[str]:
    listed = value if isinstance(value, list | tuple) else [value]
    texts = [" ".join(each.split()) for each in listed if isinstance(each, str)]
    return [text for text in texts if 0 < len(text) <= _LONGEST]


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

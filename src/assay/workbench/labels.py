"""By which words a report is found: its tags, and the agents that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

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


def labels_of(
    raw: Mapping[str, Any], values: Mapping[str, Any], brief: Mapping[str, Any]
) -> Labels:
    """What brief, parameters, front matter and metadata of a notebook say.

    Args:
        raw: the notebook as its file has it.
        values: the parameters of the run; `tags`, `agent`, `agents` and the like are read.
        brief: of the result, empty where there is none.
    """
    metadata = _table(raw.get("metadata"))
    places = (brief, values, _front_matter(raw), _table(metadata.get("assay")), metadata)
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


def _front_matter(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    cells = raw.get("cells")
    first = _table(cells[0]) if isinstance(cells, list) and cells else {}
    source = first.get("source", "")
    text = ("".join(map(str, source)) if isinstance(source, list) else str(source)).strip()
    if first.get("cell_type") != "raw" or not text.startswith("---"):
        return {}
    try:
        return _table(yaml.safe_load(text.strip("-")))
    except yaml.YAMLError:
        return {}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

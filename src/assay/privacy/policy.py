"""What a project allows to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.core.errors import ProjectError, nearest
from assay.privacy.fields import FIELDS

Ids = Literal["auto", "keep", "pseudonymise"]
Consent = Literal["unless_refused", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be kept beyond the defaults, which keep no text and no context.

    Attributes:
        context: columns with the prefix `ctx_` that are kept; all others are dropped.
        keep_text: `table.column` of free text and of messages that are kept, redacted.
        labels: values that are kept as labels although they have blanks or odd signs.
        free_labels: columns whose labels may be any text, redacted; `column` or `table.column`.
        ids: `auto` keeps what a machine made (UUID, hexadecimal, a counter); `keep` keeps all in
            which no personal pattern is found; `pseudonymise` keeps none.
        consent: drop rows whose consent is refused, or all whose consent is not given.
        k: persons that a published cell must count at least.
    """

    context: frozenset[str] = frozenset()
    keep_text: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    free_labels: frozenset[str] = frozenset()
    ids: Ids = "auto"
    consent: Consent = "unless_refused"
    k: int = 10

    def __post_init__(self) -> None:
        _one_of("ids", self.ids, ("auto", "keep", "pseudonymise"))
        _one_of("consent", self.consent, ("unless_refused", "required"))
        if not self.k >= 1:
            raise ProjectError(f"privacy k is {self.k}, expected 1 or more persons")
        texts = {
            f"{table}.{column}"
            for table, columns in FIELDS.items()
            for column, kind in columns.items()
            if kind in {"text", "message", "messages"}
        }
        for name in sorted(self.keep_text - texts):
            raise ProjectError(
                f"privacy keep_text names {name!r}, which is no text of a table",
                remedy=nearest(name, texts),
            )
        for name in sorted(name for name in self.context if not name.startswith("ctx_")):
            raise ProjectError(
                f"privacy context names {name!r}, expected the prefix ctx_",
                remedy=f"write ctx_{name}",
            )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ProjectError(
            f"privacy {name} is {value!r}, expected one of {', '.join(known)}",
            remedy=nearest(value, known),
        )

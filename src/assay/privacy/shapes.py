"""What a machine wrote, told from what a person did: shapes of ids and of labels."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.privacy.pseudonym import PATTERN
from assay.privacy.redact import SUSPECT, patterns

LONGEST_LABEL: Final = 100

_UUID: Final = r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"
_HEX: Final = r"(?:[0-9a-f]{8,128}|[0-9A-F]{8,128})"
_KNOWN: Final = (
    "a|act|action|agent|alert|answer|assistant|att|attempt|batch|c|call|chat|chatcmpl|cmpl|comp|"
    "completion|conv|conversation|call_id|e|ev|event|evt|g|gen|generation|i|id|inst|int|"
    "interaction|j|job|key|log|m|message|msg|n|node|o|obs|observation|p|parent|post|pred|prediction|"
    "q|r|rec|record|recommendation|ref|req|request|resp|response|row|rs|rsp|run|s|sc|score|sess|"
    "session|sid|span|spn|step|t|task|thread|tid|tool|toolu|tr|trace|turn|tx|uuid|v|w|x"
)
_HEAD: Final = rf"(?:(?i:urn:uuid:|(?:{_KNOWN})[-_:./#])){{0,2}}"
_MACHINE: Final = (
    rf"^{_HEAD}(?:{_UUID}|{_HEX})(?:[-_:./#](?:{_UUID}|{_HEX}|\d{{1,6}})){{0,3}}$"
    rf"|^(?i:(?:{_KNOWN})[-_:./#]?)?\d{{1,8}}(?:[-_:./#]\d{{1,4}})?$"
    rf"|^(?i:(?:{_KNOWN})[-_:./#]?)\d{{9}}$"
    rf"|^(?i:(?:{_KNOWN})[-_:./#]?)00\d{{8,10}}$"
    r"|^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
)
_LONG_NUMBER: Final = r"(?:^|[^0-9a-fA-F])\d{9,19}(?:$|[^0-9a-fA-F])"
_ALL_UUID: Final = rf"^{_UUID}$"
_COUNTER: Final = rf"^(?i:(?:{_KNOWN})[-_:./#]?)(?:\d{{9}}|00\d{{8,10}})$"

_LABEL: Final = (
    r"^[A-Za-z0-9._:/+#%°µ-]{1,100}(?:@(?:v?[0-9][A-Za-z0-9._-]{0,40}|latest|default|stable))?$"
)


def machine_made(ids: pl.Series) -> pl.Series:
    """Which ids a machine drew or counted: UUID, ULID, hexadecimal, short or prefixed counters.

    A number of 9 to 19 digits is none, for it could be that of a telephone, a card or a person,
    and what has the shape of a pseudonym is none, so that it cannot pass for one.
    """
    text = pl.col("id")
    machine = (
        text.str.contains(_MACHINE)
        & (~text.str.contains(_LONG_NUMBER) | text.str.contains(_ALL_UUID) | text.str.contains(_COUNTER))
        & ~text.str.contains(PATTERN)
    )
    return pl.DataFrame({"id": ids}).select(machine).to_series().fill_null(value=False)


def label_faults(labels: pl.Series, *, shape: bool, version: bool) -> dict[str, str]:
    """Labels that are not kept as they are → what they hold (`e-mail` …, or `text`).

    Args:
        labels: different values, none null.
        shape: a label must be a single word of letters, digits and the signs of names.
        version: the labels name versions, in which digits, hashes and dots are ordinary.
    """
    clear = labels.str.contains(_LABEL) if shape else pl.repeat(True, len(labels), eager=True)
    doubtful = labels.filter(~clear | labels.str.contains(SUSPECT) | labels.str.contains(PATTERN))
    words = set(labels.filter(clear).to_list()) if len(doubtful) else set()
    faults = {}
    for label in doubtful.to_list():
        held = patterns(label, version=version)
        if held:
            faults[label] = held[0]
        elif label not in words:
            faults[label] = "text"
    return faults

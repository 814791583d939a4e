"""What a machine wrote, told from what a person did: shapes of ids and of labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assay.privacy.pseudonym import PATTERN
from assay.privacy.redact import SUSPECT, patterns, patterns_of_word, redacted
from assay.privacy.vocabulary import PARTS

if TYPE_CHECKING:
    import polars as pl

_UUID: Final = r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"
_HEX: Final = r"(?:[0-9a-f]{8,128}|[0-9A-F]{8,128})"
_HEADS: Final = (
    "a|act|action|agent|alert|answer|assistant|att|attempt|batch|c|call|chat|chatcmpl|cmpl|comp|"
    "completion|conv|conversation|e|ev|event|evt|g|gen|generation|i|id|inst|int|interaction|j|job|"
    "key|log|m|message|msg|n|node|o|obs|observation|parent|post|pred|prediction|q|r|rec|record|"
    "recommendation|ref|req|request|resp|response|row|rs|rsp|run|s|sc|score|sess|session|sid|span|"
    "spn|step|t|task|thread|tid|tool|toolu|tr|trace|turn|tx|uuid|v|w|x"
)
_HEAD: Final = rf"(?i:urn:uuid:|(?:{_HEADS})[-_:./#])"
_TWO_NUMBERS: Final = r"(?:\d{1,4}[-_:./#]\d{1,4}|\d{5}[-_:./#]\d{1,3}|\d{6,7}[-_:./#]\d{1,2})"
"""Of 9 digits at most: more, divided, may be a telephone or the number of a person."""
_CERTAIN: Final = (
    rf"^{_HEAD}{{0,2}}{_UUID}(?:[-_:./#]\d{{1,6}})?$"
    rf"|^{_HEAD}?(?:\d{{1,8}}|{_TWO_NUMBERS})$|^[A-Za-z]\d{{3,7}}$"
    rf"|^{_HEAD}(?:\d{{9}}|000\d{{7,9}})$"
    r"|^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
)
_DRAWN: Final = (
    rf"^{_HEAD}{{0,2}}(?:{_UUID}|{_HEX})(?:[-_:./#](?:{_UUID}|{_HEX}|\d{{1,6}})){{0,3}}$"
)
_TRACE: Final = r"^[0-9a-f]{32}(?:-[0-9a-f]{16})?$"
"""A trace and a span of OpenTelemetry: one in fourteen holds twelve decimal digits in a row."""
_LONG_NUMBER: Final = r"(?:^|[^0-9a-fA-F])\d{8,19}(?:$|[^0-9a-fA-F])|\d{12}"
_WORD: Final = (
    r"^(?:@[a-z-]{1,40}/)?[A-Za-z0-9._:/+#%°µ*-]{1,100}"
    r"(?:/@[a-z-]{1,40}/[A-Za-z0-9._:/+#%°µ*-]{1,100})?"
    r"(?:@(?:v?[0-9][A-Za-z0-9._-]{0,40}|latest|default|stable))?$"
)

HOME: Final = r"(/home/|/Users/|\\Users\\)[^/\\\s\"']+"
"""A home folder in a path: what follows the first group is the name of an account."""
LONGEST_CODE: Final = 200
_PRINTED: Final = re.compile(rf"[ -~]{{1,{LONGEST_CODE}}}")
_AROUND: Final = " .,;:!?'\"`()[]{}<>"
_SPOKEN: Final = re.compile(r"[A-Za-z'-]+")
_CAPITAL: Final = re.compile(r"[A-Z][A-Za-z'-]*[a-z][A-Za-z'-]*")
_PROGRAMS: Final = frozenset(
    """
    ant awk bash bazel bun bundle bzip2 cargo cat cmake composer conda cp curl dart deno docker
    dotnet du fd find gcc git go gradle grep gunzip gzip hg java jest julia just kubectl ls lua
    make mix mvn mypy nim ninja node npm npx nx perl php pip pnpm poetry pytest python python3 rake
    rg rsync ruby ruff rustc sbt sed sh sleep sort sqlite3 svn swift tar tox tsc turbo uniq uv vite
    wc wget xargs xz yarn zig zsh zstd
    """.split()  # noqa: SIM905  one word a line would be 90 lines
)


def machine_made(ids: pl.Series) -> pl.Series:
    """Which ids a machine drew or counted: UUID, ULID, hexadecimal, short or prefixed counters.

    A number of 9 to 19 digits is none, for it could be that of a telephone, a card or a person;
    nor is a hexadecimal id with such a number in it, other than those of traces and spans.
    What has the shape of a pseudonym is none either, so that it cannot pass for one.
    """
    certain = ids.str.contains(_CERTAIN).fill_null(value=True)
    if certain.all():
        return ids.is_not_null()
    rest = ids.filter(~certain)
    traced = rest.str.contains(_TRACE) & rest.str.contains("[a-f]")
    drawn = traced | rest.str.contains(_DRAWN) & ~rest.str.contains(_LONG_NUMBER)
    return (certain & ids.is_not_null()).scatter((~certain).arg_true(), drawn)


def label_faults(labels: pl.Series, *, shape: bool, version: bool) -> dict[str, str]:
    """Labels that are not kept as they are → what they hold (`e-mail` …, or `text`).

    Args:
        labels: different values, none null.
        shape: a label must be one word of letters, digits and the signs that names of models,
            tools and files have.
        version: the labels name versions, in which digits, hashes and dots are ordinary.
    """
    suspect = labels.str.contains(SUSPECT) | labels.str.contains(PATTERN)
    doubtful = labels.filter(suspect | ~labels.str.contains(_WORD)) if shape else labels
    words = doubtful.str.contains(_WORD) & ~doubtful.str.contains(PATTERN)
    faults = {}
    for label, word in zip(doubtful.to_list(), words.to_list(), strict=True):
        held = patterns_of_word(label) if shape and word else patterns(label, version=version)
        if held or (shape and not word):
            faults[label] = held[0] if held else "text"
    return faults


def code_faults(labels: pl.Series) -> dict[str, str]:
    """Names of code that are not kept as they are → what they hold (`e-mail` …, or `text`).

    What has blanks is a command or a benchmark with its parameters where it begins with a known
    program or holds a word with a digit or a sign in it. A capitalised word that is not technical
    may be a person's name, so that the whole is not kept.

    Args:
        labels: different values, none null.
    """
    faults = {}
    for label in labels.to_list():
        words = label.split()
        held = patterns_of_word(label) if len(words) == 1 else patterns(label)
        if held:
            faults[label] = held[0]
        elif not _is_code(label, words):
            faults[label] = "text"
    return faults


def private_code(labels: pl.Series) -> pl.Series:
    """Names of code without what points at a person, where there is no key for pseudonyms.

    The account in the path of a home folder becomes `*`, an address, number or key a placeholder
    such as `[e-mail]`. Words are not judged: a plain name stays.
    """
    new = labels.str.replace_all(HOME, r"${1}*")
    faults = {
        label: what for label, what in code_faults(new.drop_nulls().unique()).items()
        if what != "text"
    }  # fmt: skip
    masked = {label: redacted(label) for label in faults}
    found = {
        label: text if text != label else f"[{faults[label]}]" for label, text in masked.items()
    }
    return new.replace(found).alias(labels.name) if found else new.alias(labels.name)


def _is_code(label: str, words: list[str]) -> bool:
    if re.search(PATTERN, label) or not _PRINTED.fullmatch(label):
        return False
    if any("@" in word and word != "@" and not re.match(_WORD, word) for word in words):
        return False
    if len(words) == 1:
        return True
    bare = [word.strip(_AROUND) for word in words]
    if any(_CAPITAL.fullmatch(word) and word.lower() not in PARTS for word in bare):
        return False
    signs = any(word and not _SPOKEN.fullmatch(word) for word in bare)
    return signs or words[0] in _PROGRAMS

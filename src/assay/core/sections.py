"""The sections of `assay.toml`: what each may say, with its defaults and bounds."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Annotated, Final, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from assay.core.addresses import carries_password, scheme_of
from assay.core.language import is_tag

TableName = Literal[
    "interactions", "sessions", "scores", "assignments", "attempts", "configurations", "versions",
    "calls", "posts", "accounts", "touches", "measurements", "prices", "expenses", "learners",
    "roles", "awards", "recommendations", "actions", "alerts", "predictions",
]  # fmt: skip
Format = Literal[
    "otel", "langfuse", "litellm", "helicone", "table",
    "pytest-benchmark", "hyperfine", "asv", "locust",
]  # fmt: skip

TABLE_NAMES: Final[tuple[str, ...]] = get_args(TableName)

_AGE: Final = re.compile(r"^([1-9]\d{0,5})([dw])$")
_SIZE: Final = re.compile(r"^(\d{1,9}(?:\.\d{1,3})?) ?([KMGT])B$")
_SITE: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_MAIL: Final = re.compile(r"[^<>\s]+@[^<>\s]+|[^<>\r\n]+ <[^<>\s]+@[^<>\s]+>")
_SOURCE_NAME: Final = re.compile(r"^[a-z][a-z0-9_-]*$")
DATABASES: Final = ("sqlite", "postgresql", "postgres")
"""Schemes of the addresses that are read through a database's own protocol."""


def days_of(age: str) -> int | None:
    """The days that an age such as `365d` or `8w` has; None where it is empty (for ever).

    Raises:
        ValueError: where it is neither.

    >>> days_of("8w")
    56
    """
    if not age:
        return None
    found = _AGE.match(age)
    if found is None:
        raise ValueError("expected a number of days or weeks such as '365d' or '52w', or ''")
    return int(found[1]) * (7 if found[2] == "w" else 1)


def bytes_of(size: str) -> int | None:
    """The bytes that a size such as `4 GB` or `512MB` has; None where it is empty (no limit).

    Raises:
        ValueError: where it is neither.

    >>> bytes_of("1.5 GB")
    1500000000
    """
    if not size:
        return None
    found = _SIZE.match(size)
    if found is None or not float(found[1]):
        raise ValueError("expected a size such as '4 GB' or '512 MB', or ''")
    return int(float(found[1]) * 1000 ** (1 + "KMGT".index(found[2])))


def _size(text: str) -> str:
    bytes_of(text)
    return text


def _age(text: str) -> str:
    days_of(text)
    return text


def _inside(folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError("expected a folder inside the project, for example 'notebooks'")
    return folder


def known_zone(name: str) -> str:
    """The name of a time zone as it was given; a ValueError where there is none of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = get_close_matches(name, sorted(available_timezones()), n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(
            f"{name!r} is unknown, expected a time zone such as 'Europe/Berlin'{meant}"
        ) from None
    return name


def _language(tag: str) -> str:
    if not is_tag(tag):
        raise ValueError("expected a language's tag such as 'en', 'de' or 'pt-BR'")
    return tag


def _address(url: str) -> str:
    scheme = scheme_of(url)
    if scheme not in {*DATABASES, "spark"}:
        raise ValueError(
            "expected an address that begins with sqlite:///, postgresql:// or spark://"
        )
    if carries_password(url):
        raise ValueError(
            "expected an address without a password: leave it to PGPASSWORD or PGPASSFILE, or "
            "write ${VARIABLE} in its place"
        )
    return url


def _sender(mail: str) -> str:
    if mail and not _MAIL.fullmatch(mail):
        raise ValueError("expected an address such as 'Reports <reports@example.org>', or ''")
    return mail


def _path(path: str) -> str:
    if scheme_of(path):
        raise ValueError("expected a path; an address belongs into url")
    return path


Folder = Annotated[str, AfterValidator(_inside)]
Text = Annotated[str, Field(min_length=1)]
Age = Annotated[str, AfterValidator(_age)]
Size = Annotated[str, AfterValidator(_size)]
Address = Annotated[str, AfterValidator(_address)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A table of the file: unknown keys are refused, types are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class About(Section):
    """What the project is called, and where its day begins."""

    name: str = "Assay"
    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"


class Paths(Section):
    """Where things lie, seen from the project; store, audit and key may lie elsewhere."""

    notebooks: Folder = "notebooks"
    params: Folder = "params"
    runs: Folder = "runs"
    published: Folder = "reports/published"
    sample: Folder = "data/sample"
    store: Text = "data/store"
    audit: Text = "data/audit.jsonl"
    key: Text = "data/privacy.key"

    @model_validator(mode="after")
    def _nothing_private_is_published(self) -> Self:
        published = PurePosixPath(normpath(self.published))
        for name in ("store", "audit", "key"):
            if PurePosixPath(normpath(getattr(self, name))).is_relative_to(published):
                raise ValueError(f"expected {name} outside of published ({self.published})")
        return self


class Limits(Section):
    """How long a notebook may take, in seconds, and how much memory."""

    run: float = Field(3600, gt=0, description="the whole notebook, by the clock on the wall")
    cell: float = Field(1800, gt=0, description="one cell")
    start: float = Field(60, gt=0, description="until the kernel answers")
    memory: Size = Field("", description="of the kernel and all that it starts; '' is no limit")

    @property
    def memory_bytes(self) -> int | None:
        """The limit of memory, None where there is none."""
        return bytes_of(self.memory)


class Batch(Section):
    """How many reports run at once."""

    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=256)] = "auto"

    @property
    def count(self) -> int | None:
        """None where cores and memory decide."""
        return None if self.workers == "auto" else self.workers


class Import(Section):
    """How logs come in."""

    max_rejected: Share = 0.05
    chunk_rows: int = Field(250_000, ge=1_000, le=10_000_000, description="rows held at once")
    latency_unit: Literal["s", "ms"] | None = None


class Privacy(Section):
    """What of a person may be kept, and how many stand behind a number that leaves."""

    k: int = Field(10, ge=1, description="persons behind a published number, at least")
    context: Names = ()
    keep_text: Names = ()
    labels: Names = ()
    free_labels: Names = ()
    ids: Literal["auto", "keep", "pseudonymise"] = "auto"
    consent: Literal["unless_refused", "required"] = "unless_refused"


class Thresholds(Section):
    """From where on data are told as doubtful; reports take them unless their parameters differ."""

    max_missing: Share = Field(0.05, description="of the rows that may lack a needed value")
    max_rejected: Share = Field(0.05, description="of the rows that may break a rule")
    stale_days: int = Field(3, ge=0, description="days that the last row may lie behind")
    min_days: int = Field(56, ge=1, description="that trends and content need")
    min_persons: int = Field(200, ge=1, description="that experiments and segments need")
    min_explained: Share = Field(0.8, description="of priced rows, by prices per token")
    mix_change: Share = Field(0.02, description="of the rows, for a mix to have changed")
    cost_factor: float = Field(20.0, gt=1, description="times off the usual cost per token")
    false_alarms: Share = Field(0.05, description="of reports on clean days that name a day")


def _site(url: str) -> str:
    if url and not _SITE.fullmatch(url):
        raise ValueError("expected where the site is served, for example 'https://example.org/r/'")
    if carries_password(url):
        raise ValueError("expected an address without a password")
    return url if not url or url.endswith("/") else f"{url}/"


class Publishing(Section):
    """How the published site presents itself, and how long it keeps old versions."""

    url: Annotated[str, AfterValidator(_site)] = Field(
        "", description="where the site is served; links of the feed are relative without it"
    )
    stale_days: int = Field(30, ge=0, description="days until data count as old; 0 for never")
    keep: int = Field(0, ge=0, description="newest versions that stay; 0 for all")
    keep_monthly: int = Field(
        0, ge=0, description="of so many months, the last version stays as well"
    )


class ReportStyle(Section):
    """How pages are written, and how large they may be."""

    lang: Annotated[str, AfterValidator(_language)] = "en"
    code: Literal["hide", "fold", "show"] = "hide"
    max_marks: int = Field(5_000, ge=1, description="of one chart, before it is warned of")
    max_mb: float = Field(8, gt=0, description="of a page and its paper together")
    trusted: Names = Field((), description="reports whose HTML keeps its scripts")


class NamedSource(Section):
    """A source with a name: a path or an address, and how it is to be read."""

    url: Address | None = None
    path: Annotated[Text, AfterValidator(_path)] | None = None
    table: Text | None = None
    query: Text | None = None
    format: Format | None = None
    mapping: Text | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise ValueError("expected either url or path")
        if self.table is not None and self.query is not None:
            raise ValueError("expected either table or query, not both")
        if self.url is None and (self.table is not None or self.query is not None):
            raise ValueError("expected table and query with a url only: a path has none")
        return self


class Notify(Section):
    """How a new version or a failure is told."""

    sender: Annotated[str, AfterValidator(_sender)] = Field(
        "", description="address that e-mail comes from, unless the recipient's has one"
    )
    max_attachment_mb: float = Field(10, gt=0, le=100, description="of all PDFs of one message")
    timeout: float = Field(30, gt=0, description="seconds that a server may take to answer")
    tries: int = Field(6, ge=1, le=50, description="to send a message; then it is given up")


class Schedules(Section):
    """Who does what is due, where several machines share a folder."""

    state: str = Field("", description="folder of what was done; by default .assay/schedules")
    lease: float = Field(
        120, gt=0, description="seconds without a sign after which it is another's"
    )


def _source_name(name: str) -> str:
    if not _SOURCE_NAME.match(name) or name == "store":
        raise ValueError("expected a name of small letters, digits, - and _, other than 'store'")
    return name


Sources = dict[Annotated[str, AfterValidator(_source_name)], NamedSource]
Retention = dict[Literal["default", TableName], Age]

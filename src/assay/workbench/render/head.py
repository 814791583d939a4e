"""What stands above and below the body: head, decision, tiles, and where it all comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from assay.core.language import SPACE, language
from assay.workbench.render.blocks import (
    Cell,
    Code,
    Column,
    Details,
    Pairs,
    Paragraph,
    Subhead,
    Table,
    Tabled,
)
from assay.workbench.render.svg import sparkline
from assay.workbench.render.words import ENGLISH, Say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.render.options import FrontMatter
    from assay.workbench.render.page import Page

PROVENANCE: Final = "provenance"
DECISION: Final = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word beside the title, in the colour of its tone."""

    text: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The top of a page; `meta` are labelled facts such as the version."""

    eyebrow: tuple[str, ...]
    tags: tuple[Tag, ...]
    title: str
    subtitle: str
    meta: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTile:
    """A headline number; `spark` is an SVG over versions, "" with fewer than two of them."""

    name: str
    value: str
    interval: str
    detail: str
    tone: str
    spark: str
    trend: str


def day(text: str, lang: str = "en") -> str:
    """A date as a reader writes it.

    >>> day("2026-11-19T06:00:00+00:00")
    '19 Nov 2026'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return language(lang).on(moment, short=True).replace(SPACE, " ")


def version_name(page: Page) -> str:
    """The day that the report speaks for, and the run's key: the same however often it is run."""
    key = page.version.rpartition("-")[2]
    return f"{page.as_of[:10]} {key}"


def head(page: Page, front: FrontMatter, *, title: str, lang: str, say: Say) -> Head:
    """From the brief; a notebook that handed none over has its own title and no verdict."""
    brief: dict[str, Any] = page.result.get("brief") or {}
    meta = [(say("Version"), version_name(page))]
    if front.author:
        meta.insert(0, (say("Author"), ", ".join(front.author)))
    if front.date:
        meta.append((say("Date"), day(front.date, lang)))
    if through := brief.get("data_through"):
        meta.append((say("Data through"), day(through, lang)))
    if look := brief.get("look"):
        meta.append((say("Look"), look))
    if changed := _changed(page, say):
        meta.append((say("Changed since last version"), changed))
    subjects = tuple(Tag(text=name) for name in dict.fromkeys((*front.categories, *front.tags)))
    if not brief:
        return Head(
            eyebrow=_eyebrow(page, say),
            tags=subjects,
            title=title,
            subtitle=front.subtitle or front.description,
            meta=(*meta, (say("As of"), day(page.as_of, lang))),
        )
    kind = say(brief["kind"]) if brief.get("kind") else ""
    return Head(
        eyebrow=tuple(text for text in (kind, brief.get("subject")) if text),
        tags=(
            Tag(text=say(brief["state"]), tone=brief.get("tone", "neutral")),
            Tag(text=say(brief.get("evidence", "").replace("before-after", "before–after"))),
            *subjects,
        ),
        title=brief["title"],
        subtitle=brief.get("subtitle", ""),
        meta=tuple(meta),
    )


def _eyebrow(page: Page, say: Say) -> tuple[str, ...]:
    named = () if page.set_name == "default" else (page.set_name,)
    return (say("Report"), page.report, *named)


def _changed(page: Page, say: Say) -> str:
    before = next((r["brief"] for r in reversed(page.history) if r.get("brief")), None)
    now = page.result.get("brief")
    if not (before and now):
        return ""
    if before.get("state") != now.get("state"):
        states = (say(str(brief.get("state"))) for brief in (before, now))
        return f"{say('verdict')}: {' → '.join(states)}"
    first = next(iter(now.get("tiles") or ()), {"name": "", "value": ""})
    was = {tile["name"]: tile["value"] for tile in before.get("tiles") or ()}
    old = was.get(first["name"], first["value"])
    if old == first["value"]:
        return say("nothing, still {}").format(say(str(now.get("state"))))
    still = say("still {}").format(say(str(now.get("state"))))
    return f"{still}; {first['name']} {old} → {first['value']}"


def tiles(page: Page, say: Say = ENGLISH) -> tuple[HeadTile, ...]:
    """The brief's tiles, each with its line over the versions so far."""
    brief: dict[str, Any] = page.result.get("brief") or {}
    return tuple(_tile(tile, page.history, say) for tile in brief.get("tiles", ()))


def _tile(tile: dict[str, Any], history: tuple[dict[str, Any], ...], say: Say) -> HeadTile:
    earlier = [
        past["number"]
        for result in history
        for past in (result.get("brief") or {}).get("tiles", ())
        if past["name"] == tile["name"]
    ]
    numbers = [number for number in (*earlier, tile.get("number")) if number is not None]
    shown = len(numbers) > 1
    return HeadTile(
        name=tile["name"],
        value=tile["value"],
        interval=tile.get("interval", ""),
        detail=tile.get("detail", ""),
        tone=tile.get("tone", "neutral"),
        spark=sparkline(numbers) if shown else "",
        trend=say("Over {} versions").format(len(numbers)) if shown else "",
    )


def provenance(page: Page, lang: str, say: Say) -> Details | None:
    """Parameters, inputs, code and packages, from the manifest: what did it, and how to redo it.

    The clock, durations and this machine's folders are left to the manifest: the same run makes
    the same page.
    """
    if not page.manifest:
        return None
    return Details(
        summary=f"{say('Where it comes from')}: {say('parameters, data, versions')}",
        id=PROVENANCE,
        blocks=tuple(_Sources(lang=lang, say=say).of(page.manifest)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    lang: str
    say: Say

    def of(self, manifest: dict[str, Any]) -> Iterator[Paragraph | Pairs | Tabled | Code | Subhead]:
        say = self.say
        if command := manifest.get("command"):
            yield Subhead(h=say("How to run it again"))
            yield Code(code=command if isinstance(command, str) else " ".join(command))
        if parameters := manifest.get("parameters"):
            yield Subhead(h=say("Parameters"))
            unset = [name for name, value in parameters.items() if value is None or value == []]
            given = [(n, self._value(v)) for n, v in parameters.items() if n not in unset]
            none = [(say("not given"), ", ".join(unset))] if unset else []
            yield Pairs(dl=(*given, *none))
        if inputs := manifest.get("inputs"):
            yield Subhead(h=say("Inputs"))
            yield Tabled(table=self._inputs(inputs))
            left_out = [part for source in inputs for part in source.get("left_out") or ()]
            if left_out:
                yield Tabled(table=self._left_out(left_out))
        yield Subhead(h=say("Code and packages"))
        yield Pairs(dl=tuple(self._code(manifest)))

    def _inputs(self, inputs: list[dict[str, Any]]) -> Table:
        labels = ("Input", "Path", "Rows", "First", "Last", "SHA-256")
        return Table(
            columns=tuple(
                Column(label=self.say(label), align="right" if label == "Rows" else "left")
                for label in labels
            ),
            rows=tuple(
                tuple(
                    Cell(text=text)
                    for text in (
                        source.get("name") or "",
                        source.get("path") or "",
                        self._count(source.get("rows")),
                        day(source.get("first") or "–", self.lang),
                        day(source.get("last") or "–", self.lang),
                        (source.get("sha256") or "–")[:12],
                    )
                )
                for source in inputs
            ),
        )

    def _left_out(self, parts: list[dict[str, Any]]) -> Table:
        return Table(
            columns=(
                Column(label=self.say("Left out")),
                Column(label=self.say("Count"), align="right"),
                Column(label=self.say("Why")),
            ),
            rows=tuple(
                (
                    Cell(text=part.get("what") or ""),
                    Cell(text=self._count(part.get("count"))),
                    Cell(text=part.get("reason") or ""),
                )
                for part in parts
            ),
        )

    def _code(self, manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
        say = self.say
        if git := manifest.get("git"):
            clean = "clean" if git.get("clean") else "with changes that are not committed"
            yield say("Revision"), f"{str(git.get('revision', ''))[:12]} ({say(clean)})"
        notebook = manifest.get("notebook") or {}
        if notebook.get("path"):
            yield say("Notebook"), f"{notebook['path']} ({str(notebook.get('sha256', ''))[:12]})"
        if (seed := manifest.get("seed")) is not None:
            yield say("Seed"), str(seed)
        if key := manifest.get("key"):
            yield say("Key of the run"), str(key)
        system = [str(manifest[name]) for name in ("python", "platform") if manifest.get(name)]
        if system:
            yield "Python", ", ".join(system)
        if packages := manifest.get("packages"):
            named = (f"{name} {version}" for name, version in packages.items())
            yield say("Packages"), ", ".join(named)

    def _count(self, number: object) -> str:
        return language(self.lang).digits(number, 0) if isinstance(number, int) else "–"

    def _value(self, value: object) -> str:
        match value:
            case None:
                return "–"
            case bool():
                return self.say("yes" if value else "no")
            case dict():
                return ", ".join(
                    f"{key}: {self._value(item)}" for key, item in value.items() if item is not None
                )
            case list() | tuple():
                separator = "\n" if any(isinstance(item, dict) for item in value) else ", "
                return separator.join(self._value(item) for item in value) or "–"
            case date():
                return value.isoformat()
            case _:
                return str(value)

"""A report's outline: the title, what the side menu lists, ids, and what figures are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from assay.workbench.render import author
from assay.workbench.render.blocks import Details, Figure, Prose, Section, Table
from assay.workbench.render.head import DECISION, PROVENANCE
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.render.collect import Placed

MAIN: Final = "main"
REFERENCES: Final = "references"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the side menu, or several that are folded under one."""

    label: str
    id: str
    parts: tuple[Entry, ...] = ()


@dataclass(slots=True)
class Outline:
    """Made by one pass over the blocks; blocks are known by their place in the sequence.

    Attributes:
        title: the first text's first heading, where nothing else names the report.
        texts: the author's markdown, checked.
        headings: level and id of each heading of a block.
        names: "Figure 1", "Table 1"; of a text, those of its own pictures and tables.
        targets: what a reference may name → what it is called.
        hidden: blocks that stand in what this format does not show.
    """

    say: Say = field(default_factory=Say)
    title: str = ""
    nav: list[Entry] = field(default_factory=list)
    texts: dict[int, author.Text] = field(default_factory=dict)
    headings: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    _used: set[str] = field(default_factory=lambda: {DECISION, PROVENANCE, MAIN, REFERENCES})

    @classmethod
    def of(
        cls, placed: Sequence[Placed], *, titled: bool, reader: author.Reader, say: Say
    ) -> Outline:
        """Read the blocks; a report that is `titled` from elsewhere loses the title in its text.

        Raises:
            RenderError: where a text is not in the declared subset of markdown.
        """
        made = cls(say=say)
        for index, each in enumerate(placed):
            if isinstance(each.block, Prose):
                made.texts[index] = reader.read(each.block.text, place=each.place)
            elif reader.divs.hidden:
                made.hidden.add(index)
        reader.divs.finish()
        made._take_title(titled=titled)
        made._number(placed)
        made._name_headings(placed)
        return made

    def name(self, index: int) -> str:
        """What a figure or table is called, "" where it has no number."""
        return next(iter(self.names.get(index, ())), "")

    def _take_title(self, *, titled: bool) -> None:
        for index, text in self.texts.items():
            if not text.masked.strip():
                continue
            first = next(iter(author.headings(text)), None)
            if first is not None and first.level == 1:
                self.title = "" if titled else author.plain(first.text)
                self.texts[index] = author.without_first_heading(text)
            return

    def _number(self, placed: Sequence[Placed]) -> None:
        count = {"Figure": 0, "Table": 0}

        def called(word: str, label: str) -> str:
            count[word] += 1
            name = f"{self.say(word)} {count[word]}"
            if label:
                self.targets[label] = name
            return name

        for index, each in enumerate(placed):
            block = each.block
            if index in self.hidden:
                continue
            if isinstance(block, Figure):
                self.names[index] = (called("Figure", block.label),)
            elif isinstance(block, Table) and (block.caption or block.label):
                self.names[index] = (called("Table", block.label),)
            elif index in self.texts:
                floats = self.texts[index].floats
                self.names[index] = tuple(called(found.word, found.id) for found in floats)
        self._used |= self.targets.keys()

    def _name_headings(self, placed: Sequence[Placed]) -> None:
        """Ids are unique, and no level is skipped, as screen readers and PDF/UA want it."""
        found = {index: author.headings(text) for index, text in self.texts.items()}
        top = min((each.level for all_of in found.values() for each in all_of), default=2)
        above = 1
        for index, each in enumerate(placed):
            block = each.block
            if index in self.hidden:
                continue
            if isinstance(block, Section):
                self._add(index, 2, block.id or f"sec-{_slug(block.heading)}")
                self._list(index, block.nav or block.heading, part=block.part)
                above = 2
            elif isinstance(block, Details):
                self._add(index, 2, block.id or _slug(block.summary))
                if block.listed:
                    self._list(index, block.summary.partition(":")[0])
            for heading in found.get(index, ()):
                above = min(heading.level - top + 2, above + 1)
                plain = author.plain(heading.text)
                name = self._add(index, above, heading.id or f"sec-{_slug(plain)}")
                self.targets[name] = f"“{plain}”"
                if above == 2:
                    self._list(index, plain)

    def _add(self, index: int, level: int, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._used:
            number += 1
            name = f"{wanted}-{number}"
        self._used.add(name)
        self.headings.setdefault(index, []).append((level, name))
        return name

    def _list(self, index: int, label: str, *, part: str = "") -> None:
        entry = Entry(label=self.say(label), id=self.headings[index][-1][1])
        if not part:
            self.nav.append(entry)
            return
        above = self.nav[-1] if self.nav else None
        if above is None or not above.parts or above.label != self.say(part):
            self.nav.append(Entry(label=self.say(part), id=entry.id, parts=(entry,)))
        else:
            self.nav[-1] = replace(above, parts=(*above.parts, entry))


def _slug(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:48].strip("-") or "section"

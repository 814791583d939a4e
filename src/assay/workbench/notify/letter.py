"""A message in the forms that services take: a subject, plain text, markdown and HTML.

The HTML asks for nothing from outside, has no images, sets no background, and so is readable with
images blocked, on light and on dark.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assay.workbench.notify.story import Mishap, News
    from assay.workbench.notify.word import Word

_LONGEST_SUBJECT: Final = 150
_MEGABYTE: Final = 1_000_000
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|~#])")
_FAINT: Final = "opacity:0.75"
"""No colour of our own: what is grey on white may vanish on dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it is sent.

    Attributes:
        reference: the same for the same content to the same recipient, so that who gets it twice
            can tell.
        papers: PDFs to attach.
        bad: it tells of a failure.
    """

    subject: str
    plain: str
    markdown: str
    html: str
    reference: str
    papers: tuple[tuple[str, Path], ...] = ()
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A paragraph: a label with what it says, or text alone."""

    text: str
    label: str = ""
    link: str = ""
    kind: str = "text"


def letter_of_news(  # noqa: PLR0913  what is told, to whom, and what comes along
    project: str,
    news: Sequence[News],
    *,
    recipient: str,
    with_paper: bool,
    largest_mb: float,
    again: bool = False,
) -> Letter:
    """One message of all versions that are new to somebody."""
    ordered = sorted(news, key=lambda one: not one.needs_decision)
    papers, too_large = _papers(ordered, largest_mb) if with_paper else ((), ())
    head = ordered[0].headline
    subject = head if len(ordered) == 1 else f"{head} (and {len(ordered) - 1} more)"
    rows = [row for one in ordered for row in _news(one)]
    rows += [_Row(text=f"{name} is too large to be attached.") for name in too_large]
    return _letter(
        f"[{project}] {subject}",
        rows,
        reference=_reference(recipient, [f"{one.name} {one.version}" for one in ordered]),
        papers=papers,
        bad=False,
        again=again,
    )


def letter_of_mishaps(  # noqa: PLR0913  what failed, where and when, and who is told
    project: str,
    schedule: str,
    mishaps: Sequence[Mishap],
    *,
    recipient: str,
    due: str,
    again: bool = False,
) -> Letter:
    """One message of all reports that failed at a due time."""
    names = ", ".join(one.name for one in mishaps)
    rows = [row for one in mishaps for row in _mishap(one)]
    rows.append(_Row(text=f"Schedule {schedule}, due {due}", kind="small"))
    return _letter(
        f"[{project}] Failed: {names}",
        rows,
        reference=_reference(recipient, [schedule, due, names]),
        papers=(),
        bad=True,
        again=again,
    )


def letter_of_word(project: str, word: Word, *, recipient: str, again: bool = False) -> Letter:
    """A message of something that happened."""
    rows = [_Row(text=word.subject, kind="head")]
    rows += [_Row(label=label, text=text) for label, text in word.lines]
    if word.link:
        rows.append(_Row(label="Report", text=word.link, link=word.link))
    return _letter(
        f"[{project}] {word.subject}",
        rows,
        reference=_reference(recipient, [word.topic, word.key]),
        papers=(),
        bad=word.bad,
        again=again,
    )


def _news(one: News) -> Iterator[_Row]:
    yield _Row(text=one.headline, kind="head")
    about = " · ".join(part for part in (one.name, one.state, one.subtitle) if part)
    yield _Row(text=about, kind="small")
    if one.action:
        label = "To decide" if one.needs_decision else "What to do"
        yield _Row(label=label, text=one.action)
    for figure in one.figures:
        value = " ".join(part for part in (figure.value, figure.interval) if part)
        detail = f" ({figure.detail})" if figure.detail else ""
        yield _Row(label=figure.name, text=value + detail, kind="figure")
    if one.first:
        yield _Row(label="Changed", text="this is the first version you are told of")
    elif not one.changed:
        yield _Row(label="Changed", text="no finding has changed since you were told last")
    for sentence in one.changed:
        yield _Row(label="Changed", text=sentence)
    if one.link:
        yield _Row(label="Report", text=one.link, link=one.link)
    reach = f"Data through {one.as_of} · " if one.as_of else ""
    yield _Row(text=f"{reach}version {one.version}", kind="small")


def _mishap(one: Mishap) -> Iterator[_Row]:
    yield _Row(text=f"{one.name} could not be published", kind="head")
    yield _Row(label="Cause", text=one.cause)
    if one.remedy:
        yield _Row(label="What to do", text=one.remedy)
    stays = f"version {one.up}, {one.age} old" if one.up else "nothing, it was never published"
    yield _Row(label="Stays up", text=stays)
    if one.link:
        yield _Row(label="Report", text=one.link, link=one.link)


def _letter(  # noqa: PLR0913  the parts of a message
    subject: str,
    rows: list[_Row],
    *,
    reference: str,
    papers: tuple[tuple[str, Path], ...],
    bad: bool,
    again: bool,
) -> Letter:
    if again:
        rows = [*rows, _Row(text="You may have got this message before.", kind="small")]
    rows = [*rows, _Row(text=f"Message {reference}", kind="small")]
    subject = " ".join(subject.split())
    if len(subject) > _LONGEST_SUBJECT:
        subject = subject[: _LONGEST_SUBJECT - 1].rstrip() + "…"
    return Letter(
        subject=subject,
        plain=_plain(rows),
        markdown=_markdown(rows),
        html=_html(subject, rows),
        reference=reference,
        papers=papers,
        bad=bad,
    )


def _plain(rows: list[_Row]) -> str:
    lines: list[str] = []
    for row in rows:
        if row.kind == "head":
            lines += ["", row.text, "=" * min(len(row.text), 72)]
        elif row.label:
            lines.append(f"{row.label}: {row.text}")
        else:
            lines.append(row.text)
    return "\n".join(lines).strip() + "\n"


def _markdown(rows: list[_Row]) -> str:
    lines: list[str] = []
    for row in rows:
        text = row.link or _SPECIAL.sub(r"\\\1", row.text)
        label = _SPECIAL.sub(r"\\\1", row.label)
        if row.kind == "head":
            lines += ["", f"**{text}**", ""]
        elif row.label:
            lines.append(f"- **{label}:** {text}")
        else:
            lines += ["", text, ""]
    return "\n".join(lines).strip() + "\n"


def _html(subject: str, rows: list[_Row]) -> str:
    body = "\n".join(_html_row(row) for row in rows)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{escape(subject)}</title>
</head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.5;margin:0;padding:16px">
<div style="max-width:640px">
{body}
</div>
</body>
</html>
"""


def _html_row(row: _Row) -> str:
    text = escape(row.text)
    if row.link:
        text = f'<a href="{escape(row.link)}">{text}</a>'
    if row.kind == "head":
        return f'<h1 style="font-size:20px;line-height:1.3;margin:24px 0 4px">{text}</h1>'
    if row.kind == "small":
        return f'<p style="font-size:14px;margin:4px 0;{_FAINT}">{text}</p>'
    if row.label:
        return f'<p style="margin:4px 0"><b>{escape(row.label)}:</b> {text}</p>'
    return f'<p style="margin:4px 0">{text}</p>'


def _papers(
    news: Sequence[News], largest_mb: float
) -> tuple[tuple[tuple[str, Path], ...], tuple[str, ...]]:
    """What is attached, and the names of what is too large together with what is there."""
    attached: list[tuple[str, Path]] = []
    left_out: list[str] = []
    room = largest_mb * _MEGABYTE
    for one in news:
        if not one.paper.is_file():
            continue
        size = one.paper.stat().st_size
        name = f"{one.name.replace(' · ', '-')}-{one.version}.pdf"
        if size > room:
            left_out.append(name)
            continue
        room -= size
        attached.append((name, one.paper))
    return tuple(attached), tuple(left_out)


def _reference(recipient: str, parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join([recipient, *sorted(parts)]).encode()).hexdigest()[:20]

"""Text of unknown origin, made harmless for the three languages that a page is written in.

HTML is escaped by Jinja (autoescape); here are markdown and Typst. Typst code holds such text only
inside string literals, which are never parsed as markup.
"""

from __future__ import annotations

import html
import re
from typing import Final, Literal

Format = Literal["html", "typst", "slides", "docx"]
Raw = Literal["html", "typst"]

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
_BLANK: Final = re.compile(r"[^\S\u00a0\u202f]+")
_ESCAPED: Final = {
    "\\": r"\\",
    '"': r"\"",
    "\n": r"\n",
    "\t": r"\t",
    "{": r"\u{7b}",
    "`": r"\u{60}",
}


def printable(text: str) -> str:
    """Without control characters and lone surrogates, which no format can carry."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Plain text without line breaks; spaces that hold a number and its unit together stay."""
    return _BLANK.sub(" ", printable(text)).strip(" ")


def markdown(text: str) -> str:
    r"""One line that markdown shows as it is, whatever it contains.

    >>> print(markdown("a_b <i> @fig-x"))
    a\_b \<i\> \@fig\-x
    """
    return _PUNCTUATION.sub(r"\\\1", one_line(text))


def inert(text: str) -> str:
    r"""As `markdown`, where Quarto looks for shortcodes: a word joiner parts what opens one.

    >>> ascii(inert("{{< x")).count("u2060")
    1
    """
    return markdown(text).replace(r"\{\<", "\\{\u2060\\<")


def raw(code: str, language: Raw) -> str:
    """A block that pandoc hands to the format as it is; its fence is longer than any inside."""
    runs = [len(run) for run in re.findall(r"`+", code)]
    fence = "`" * max(3, *(run + 1 for run in runs), 3)
    return f"{fence}{{={language}}}\n{code}\n{fence}"


def heading(text: str, language: Raw) -> str:
    """One line of plain text as a heading's content.

    It is handed over raw: Quarto looks for shortcodes in a heading's words, also in escaped ones,
    and would include a file that a value of the data names.
    """
    line = one_line(text)
    if language == "typst":
        return f"`#({typst(line)})`{{=typst}}"
    return f"`{html.escape(line).replace('`', '&#96;')}`{{=html}}"


def typst(value: object) -> str:
    r"""A Typst expression for a plain Python value; text becomes a string literal.

    Braces and backticks are written as code points: Quarto finds no shortcode in them, and no raw
    block ends there.

    >>> typst({"text": 'say "#hi"', "rows": ["a"]})
    '(text: "say \\"#hi\\"", rows: ("a",))'
    """
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return '"' + "".join(_ESCAPED.get(char, char) for char in printable(value)) + '"'
        case list() | tuple():
            return "(" + "".join(f"{typst(item)}," for item in value) + ")"
        case dict():
            pairs = [f"{key}: {typst(item)}" for key, item in value.items()]
            return f"({', '.join(pairs)})" if pairs else "(:)"
        case _:
            raise TypeError(f"{type(value).__name__} has no Typst form")


def call(function: str, /, **arguments: object) -> str:
    """A call of one of our Typst functions, as markup."""
    named = ", ".join(f"{name}: {typst(value)}" for name, value in arguments.items())
    return f"#{function}({named})"

"""A project's own look: accent colours, logo and footer, from `reports/theme/`; checked when read.

What colours mean in charts and verdicts is the same in every report and no theme's to change.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Final, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from assay.core.errors import ProjectError, RenderError, nearest
from assay.workbench.render import svg
from assay.workbench.render.escape import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = PurePosixPath("reports/theme")
FILE: Final = "theme.yaml"
LOGOS: Final = ("logo.svg", "logo.png")
DARK_LOGOS: Final = ("logo-dark.svg", "logo-dark.png")
LARGEST: Final = 200_000
"""Bytes of a logo: it lies in every page."""
CONTRAST: Final = 4.5
"""Of text against its ground, as WCAG 2 asks for (AA)."""
LIGHT, DARK = "#ffffff", "#14181f"
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise ValueError("expected a colour as '#rrggbb', in quotes")
    return text.lower()


Colour = Annotated[str, AfterValidator(_colour)]
Line = Annotated[str, AfterValidator(one_line)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    accent: Colour = "#2458b8"
    accent_dark: Colour | None = None
    footer: Line = ""
    logo_alt: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture as it lies in the page; SVG without anything that acts."""

    data: bytes
    media: str

    @property
    def address(self) -> str:
        """As an address that holds the picture itself."""
        return f"data:{self.media};base64,{base64.b64encode(self.data).decode()}"

    @property
    def file(self) -> str:
        """Its name beside a document on paper."""
        return "logo.svg" if self.media == "image/svg+xml" else "logo.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Checked: the accents can be read on their ground, the logos are pictures of a modest size.

    Attributes:
        accent: of links, menu and focus on light ground; `accent_dark` on dark.
        logo_alt: what the logo says, for whoever cannot see it; "" where it only adorns.
    """

    accent: str = "#2458b8"
    accent_dark: str = "#7fa8f5"
    footer: str = ""
    logo: Logo | None = None
    logo_dark: Logo | None = None
    logo_alt: str = ""

    @classmethod
    def read(cls, root: Path) -> Self:
        """The theme of the project in `root`; Assay's own where it has none.

        Raises:
            ProjectError: where a file is not what a theme may hold; it names the value and what is
                expected.
        """
        folder = root / FOLDER
        if not folder.is_dir():
            return cls()
        found = _settings(folder)
        _must_be_readable("accent", found.accent, LIGHT)
        dark = found.accent_dark or lightened(found.accent)
        _must_be_readable("accent_dark", dark, DARK)
        return cls(
            accent=found.accent,
            accent_dark=dark,
            footer=found.footer,
            logo=_logo(folder, LOGOS),
            logo_dark=_logo(folder, DARK_LOGOS),
            logo_alt=found.logo_alt,
        )

    @property
    def css(self) -> str:
        """Rules over those of `base.css`; none where the accents are Assay's own."""
        own = Theme()
        if (self.accent, self.accent_dark) == (own.accent, own.accent_dark):
            return ""
        return (
            f":root {{ --blue: {self.accent}; }}\n"
            f"@media screen and (prefers-color-scheme: dark) {{ "
            f":root {{ --blue: {self.accent_dark}; }} }}\n"
        )


def files(root: Path) -> tuple[Path, ...]:
    """What a theme is read from, as far as it is there."""
    return tuple(p for n in (FILE, *LOGOS, *DARK_LOGOS) if (p := root / FOLDER / n).is_file())


def contrast(one: str, other: str) -> float:
    """Of two colours, from 1 (none) to 21 (black on white).

    References:
        W3C (2023), Web Content Accessibility Guidelines 2.2, "contrast ratio".

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return round((high + 0.05) / (low + 0.05), 2)


def lightened(colour: str) -> str:
    """The colour, mixed with as little white as dark ground needs."""
    return next(mixed for mixed in _mixes(colour) if contrast(mixed, DARK) >= CONTRAST)


def _mixes(colour: str) -> Iterator[str]:
    parts = _parts(colour)
    for percent in range(0, 101, 5):
        mixed = (round(part + (255 - part) * percent / 100) for part in parts)
        yield "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if (part := whole / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for whole in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _settings(folder: Path) -> _File:
    path, named = folder / FILE, f"{FOLDER}/{FILE}"
    if not path.is_file():
        return _File()
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProjectError(f"{named} cannot be read: {str(error).splitlines()[0]}") from None
    try:
        return _File.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "it"
        said = first["msg"].removeprefix("Value error, ")
        raise ProjectError(
            f"{named}: {name} is {first['input']!r}: {said}",
            remedy=nearest(name, list(_File.model_fields)),
        ) from None


def _must_be_readable(name: str, colour: str, ground: str) -> None:
    found = contrast(colour, ground)
    if found < CONTRAST:
        way = "darker" if ground == LIGHT else "lighter"
        raise ProjectError(
            f"{FOLDER}/{FILE}: {name} {colour} has a contrast of {found:.1f} against its ground "
            f"{ground}, expected {CONTRAST} at least: links could not be read",
            remedy=f"take a {way} colour",
        )


def _logo(folder: Path, names: tuple[str, ...]) -> Logo | None:
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        return None
    named, data = f"{FOLDER}/{path.name}", path.read_bytes()
    if len(data) > LARGEST:
        raise ProjectError(
            f"{named} has {len(data):,} bytes, expected {LARGEST:,} at most: it lies in every page",
            remedy="make it smaller, or draw it as SVG",
        )
    if path.suffix == ".png":
        if not data.startswith(_PNG):
            raise ProjectError(f"{named} is no PNG", remedy="save the picture again as PNG or SVG")
        return Logo(data=data, media="image/png")
    try:
        return Logo(
            data=svg.clean(data, prefix="logo", place=named).encode(), media="image/svg+xml"
        )
    except (RenderError, UnicodeDecodeError) as error:
        raise ProjectError(f"{named} is no SVG that can be used: {error}") from None

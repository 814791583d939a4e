"""Where pandoc is: in its wheel, the same version for everybody."""

from __future__ import annotations

from functools import cache


@cache
def pandoc_path() -> str:
    """The program."""
    import pypandoc  # noqa: PLC0415  looks for its files when imported

    return str(pypandoc.get_pandoc_path())


@cache
def pandoc_version() -> str:
    """Its version."""
    import pypandoc  # noqa: PLC0415

    return str(pypandoc.get_pandoc_version())

"""Files that declare things: what is read, and mistakes with file, line and the nearest key."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BeforeValidator, Field

from assay.core.errors import ParameterError
from assay.core.sections import Section
from assay.workbench.declarations import known_names, read_declaration


class Leaf(Section):
    size: float | None = None
    first: str = Field("", alias="from")


class Branch(Section):
    leaves: Annotated[tuple[Annotated[Leaf, Field()], ...], BeforeValidator(tuple)] = ()
    best: Leaf | None = None


class Tree(Section):
    branches: dict[str, Branch] = Field(default_factory=dict)
    code: Annotated[str, Field(pattern="^[A-Z]$")] = "A"


TEXT = """\
code: B
branches:
  north:
    leaves:
      - size: 1
      - {size: 2, from: spring}
    best: {size: 3}
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "tree.yaml"
    file.write_text(text)
    return file


def test_what_is_said_is_read_and_has_its_lines(tmp_path: Path) -> None:
    found = read_declaration(write(tmp_path, TEXT), Tree)
    assert [leaf.size for leaf in found.told.branches["north"].leaves] == [1, 2]
    assert found.place("branches", "north", "leaves", 1) == "tree.yaml:6"
    assert found.place("branches", "north", "leaves", 1, "none") == "tree.yaml:6"
    assert found.place("elsewhere") == "tree.yaml:1"


@pytest.mark.parametrize("text", ["", "# nothing\n", "~"])
def test_an_empty_file_says_what_is_so_by_default(tmp_path: Path, text: str) -> None:
    assert read_declaration(write(tmp_path, text), Tree).told == Tree()


def test_no_file_is_an_empty_one_or_a_mistake_by_choice(tmp_path: Path) -> None:
    assert read_declaration(tmp_path / "none.yaml", Tree).told == Tree()
    with pytest.raises(ParameterError, match="write one"):
        read_declaration(tmp_path / "none.yaml", Tree, absent=ParameterError("write one"))


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tree.yaml"
    file.write_bytes(b"code: \xff")
    with pytest.raises(ParameterError, match=r"tree\.yaml cannot be read"):
        read_declaration(file, Tree)
    with pytest.raises(ParameterError, match=r"tree\.yaml: .*line 2"):
        read_declaration(write(tmp_path, "code: B\ncode: C"), Tree)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("size: 2", "siz: 2"), r"tree\.yaml:6: unknown key .*siz'.*\n.*'size'"),
        (TEXT.replace("from:", "first:"), r"tree\.yaml:6: unknown key .*first'.*\n.*'?from"),
        (TEXT.replace("best", "bets"), r"tree\.yaml:7: unknown key .*bets'.*\n.*'best'"),
        (TEXT.replace("code", "cod"), r"tree\.yaml:1: unknown key 'cod'.*\n.*'code'"),
        (TEXT.replace("{size: 3}", "{siz: 3}"), r"tree\.yaml:7: unknown key .*siz'.*\n.*'size'"),
        (TEXT.replace("size: 1", "size: wide"), r"tree\.yaml:5: .*'wide', expected a valid number"),
        (TEXT.replace("code: B", "code: b"), r"tree\.yaml:1: code = 'b', expected one letter"),
        ("- 1", r"tree\.yaml:1: the file = \[1\], expected"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_expected(
    tmp_path: Path, text: str, said: str
) -> None:
    expected = {"string_pattern_mismatch": "one letter"}
    with pytest.raises(ParameterError, match=said):
        read_declaration(write(tmp_path, text), Tree, expected=expected)


def test_the_first_mistake_is_told_and_what_is_missing_last(tmp_path: Path) -> None:
    class Pair(Section):
        left: int
        right: int

    with pytest.raises(ParameterError, match=r"tree\.yaml:2: unknown key 'rigt'"):
        read_declaration(write(tmp_path, "left: 1\nrigt: 2"), Pair)
    with pytest.raises(ParameterError, match=r"tree\.yaml:1: 'right' is missing"):
        read_declaration(write(tmp_path, "left: 1"), Pair)


def test_known_names_are_those_of_the_place_as_people_write_them() -> None:
    assert list(known_names(Tree, ("x",))) == ["branches", "code"]
    assert list(known_names(Tree, ("branches", "north", "x"))) == ["leaves", "best"]
    assert list(known_names(Tree, ("branches", "north", "best", "x"))) == ["size", "from"]
    assert list(known_names(Tree, ("branches", "north", "leaves", "0", "x"))) == ["size", "from"]
    assert list(known_names(Tree, ("code", "x"))) == []

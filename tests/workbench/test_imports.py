import ast
from pathlib import Path

import pytest

from assay.workbench.imports import Import, Imports, _exactly, imports_in

EVERYWHERE = """
import a.b, c
def f():
    with x:
        from .. import d as e
    for y in z:
        pass
    else:
        from .f import g
async def h():
    async with x:
        async for y in z:
            import i
class J:
    def k(self):
        try:
            from l import *
        except E:
            import m
        except (F, G):
            import n
        else:
            import o
        finally:
            import p
        while x:
            match y:
                case 1:
                    import q
                case _:
                    if z:
                        import r
                    elif y:
                        import s
                    else:
                        import t
try:
    pass
except* E:
    import u
"""


def test_statements_are_found_wherever_they_stand_in_the_order_of_a_full_search() -> None:
    found = imports_in(EVERYWHERE)
    assert found == tuple(_exactly(ast.walk(ast.parse(EVERYWHERE))))
    names = {one.name if one.module in {"", "f"} else one.module for one in found}
    assert names == {"a.b", "d", "g", *"cilmnopqrstu"}


def test_a_module_named_in_a_call_is_found_within_expressions() -> None:
    assert imports_in("x = [importlib.import_module('a.b') for _ in y]\nimport c") == (
        Import(0, "c"),
        Import(0, "a.b"),
    )


def test_what_cannot_be_parsed_is_read_by_lines() -> None:
    assert imports_in("def broken(:\n  from a.b import c\nimport d, e\n") == tuple(
        Import(0, name) for name in ("a.b", "d", "e")
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text("from . import left\nimport right")
    return path


FOUND = (Import(1, "", "left"), Import(0, "right"))


def test_what_was_read_once_is_remembered_by_its_text(source: Path, tmp_path: Path) -> None:
    memory = tmp_path / ".assay/imports.json"
    imports = Imports(memory)
    assert imports.of(source) == FOUND
    imports.save()
    kept = memory.read_text()
    assert kept.count('"right"') == 1
    memory.write_text(kept.replace('"right"', '"remembered"'))
    assert Imports(memory).of(source) == (FOUND[0], Import(0, "remembered"))
    source.write_text("import other")
    again = Imports(memory)
    assert again.of(source) == (Import(0, "other"),)
    again.save()
    assert memory.read_text().count('"other"') == 1
    assert "remembered" in memory.read_text()


def test_nothing_is_written_where_nothing_was_learnt(source: Path, tmp_path: Path) -> None:
    memory = tmp_path / ".assay/imports.json"
    imports = Imports(memory)
    imports.of(source)
    imports.save()
    written = memory.stat().st_ino
    for again in (imports, Imports(memory)):
        again.of(source)
        again.save()
    assert memory.stat().st_ino == written
    Imports(tmp_path / "never.json").save()
    assert not (tmp_path / "never.json").exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('{"read by": "', '{"read by": "an older Assay '),
        ('"left"', '"left", 1'),
        ("}}", "}"),
        ('"files": {', '"files": [], "was": {'),
        ('"read by"', '"read"'),
    ],
)
def test_a_memory_of_others_or_a_torn_one_is_forgotten(
    source: Path, tmp_path: Path, old: str, new: str
) -> None:
    memory = tmp_path / "imports.json"
    imports = Imports(memory)
    imports.of(source)
    imports.save()
    kept = memory.read_text()
    memory.write_text(kept.replace('"right"', '"remembered"').replace(old, new, 1))
    assert memory.read_text().replace("remembered", "right") != kept
    assert Imports(memory).of(source) == FOUND


def test_what_is_not_asked_for_is_forgotten_before_the_memory_grows_without_end(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.workbench.imports._MOST", 2)
    memory = tmp_path / "imports.json"
    for number in range(3):
        source.write_text(f"import m{number}")
        imports = Imports(memory)
        imports.of(source)
        imports.save()
    assert '"m2"' in memory.read_text()
    assert '"m1"' not in memory.read_text()


def test_a_file_that_cannot_be_read_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes(b"import a # \xe9")
    imports = Imports(tmp_path / "imports.json")
    assert imports.of(tmp_path / "latin.py") == imports.of(tmp_path / "gone.py") == ()


def test_a_memory_that_cannot_be_kept_is_gone_without(source: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("")
    imports = Imports(tmp_path / "locked" / "imports.json")
    assert imports.of(source) == FOUND
    imports.save()
    assert (tmp_path / "locked").read_text() == ""

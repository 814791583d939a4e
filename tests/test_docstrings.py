"""Every example in a docstring runs as it stands."""

import doctest
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import assay

MODULES = [module.name for module in pkgutil.walk_packages(assay.__path__, prefix="assay.")]


def has_examples(module: ModuleType) -> bool:
    """Whether it may have any: to look for the lines of all docstrings takes doctest long."""
    return ">>>" in Path(str(module.__file__)).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str) -> None:
    module = importlib.import_module(name)
    assert not has_examples(module) or doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    find = doctest.DocTestFinder().find
    modules = [module for module in map(importlib.import_module, MODULES) if has_examples(module)]
    found = [test for module in modules for test in find(module)]
    assert sum(len(test.examples) for test in found) >= 10

"""Every example in a docstring runs as it stands."""

import doctest
import importlib
import pkgutil

import pytest

import assay

MODULES = [module.name for module in pkgutil.walk_packages(assay.__path__, prefix="assay.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    find = doctest.DocTestFinder().find
    found = [test for name in MODULES for test in find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) >= 10

import importlib
import sys

import pytest

from assay.workbench.launch import without


def test_a_module_is_absent_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sched", raising=False)
    with without("sched"), pytest.raises(ImportError):
        importlib.import_module("sched")
    assert importlib.import_module("sched").scheduler


def test_what_is_loaded_stays() -> None:
    with without("json"):
        assert importlib.import_module("json").loads("1") == 1
    assert "json" in sys.modules

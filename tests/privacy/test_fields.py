from typing import get_args

import polars as pl
import pytest

from assay.core.errors import ProjectError
from assay.privacy.fields import FIELDS, Kind
from assay.privacy.policy import Policy
from assay.schema import TABLES, required_columns, schema_of


@pytest.mark.parametrize("table", TABLES)
def test_every_column_that_may_hold_text_is_classified(table: str) -> None:
    columns = {name: column.dtype for name, column in schema_of(table).columns().items()}
    texts = {
        name
        for name, dtype in columns.items()
        if not (dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean)
    }
    assert set(FIELDS.get(table, {})) == texts
    for name in texts:
        kind = FIELDS[table][name]
        assert kind in get_args(Kind)
        assert (kind in {"labels", "messages"}) == isinstance(columns[name], pl.List)


def test_no_other_table_is_classified() -> None:
    assert set(FIELDS) == set(TABLES)


def test_what_is_dropped_is_never_required() -> None:
    for table, kinds in FIELDS.items():
        required = required_columns(schema_of(table))
        assert not [name for name, kind in kinds.items() if kind == "text" and name in required]


def test_columns_of_one_name_are_of_one_kind() -> None:
    kinds: dict[str, set] = {}
    for columns in FIELDS.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind)
    assert {name for name, found in kinds.items() if len(found) > 1} == set()


def test_whoever_does_something_is_a_person() -> None:
    for columns in FIELDS.values():
        for name, kind in columns.items():
            if name.endswith("_by") or name in {"user_id", "unit_id", "learner_id", "owner"}:
                assert kind == "person", name


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ids": "auto "}, "auto"),
        ({"consent": "always"}, "unless_refused"),
        ({"k": 0}, "k is 0"),
        ({"keep_text": frozenset(["interactions.error_mesage"])}, "interactions.error_message"),
        ({"keep_text": frozenset(["interactions.user_id"])}, "no text"),
        ({"context": frozenset(["team"])}, "ctx_team"),
    ],
)
def test_a_policy_names_what_there_is(settings: dict, says: str) -> None:
    with pytest.raises(ProjectError) as told:
        Policy(**settings)
    assert says in str(told.value)

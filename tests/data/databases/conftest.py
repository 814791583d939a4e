"""One PostgreSQL server for the session, where there can be one, and SQLite always."""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from assay.data.databases.address import Address
from assay.data.databases.session import session
from data.databases.postgres_server import Server, running, why_not


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if reason := why_not():
        pytest.skip(reason)
    with running() as started:
        yield started


_NUMBERS = count(1)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The address of an empty database of each kind."""
    monkeypatch.chdir(tmp_path)
    if request.param == "SQLite":
        return "sqlite:///logs.db"
    server = request.getfixturevalue("server")
    name = f"schema{next(_NUMBERS)}"
    with session(Address.of(server.url()), write=True) as open_session:
        open_session.run(f"CREATE SCHEMA {name}")
        open_session.commit()
    return server.url(options=f"?options=-csearch_path%3D{name}")


@pytest.fixture
def execute(database: str) -> Callable[..., None]:
    """Runs statements in the database, as some other program would."""

    def run(*statements: str) -> None:
        if database.startswith("sqlite"):
            connection = sqlite3.connect(database.removeprefix("sqlite:///"))
            for statement in statements:
                connection.execute(statement)
            connection.commit()
            connection.close()
            return
        with session(Address.of(database), write=True) as open_session:
            for statement in statements:
                open_session.run(statement)
            open_session.commit()

    return run

"""Every test of the ledger runs on SQLite and on PostgreSQL."""

import pytest

from postgres_server import PostgresServer


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of the tests' own."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request, tmp_path):
    """A function that gives the place of an empty ledger: a path or a URL."""
    if request.param == "sqlite":
        numbers = iter(range(100))
        return lambda: tmp_path / f"ledger-{next(numbers)}.sqlite"
    return request.getfixturevalue("postgres").database


@pytest.fixture
def place(new_place):
    """The place of one empty ledger."""
    return new_place()

"""The ledger's tables and statements in SQLAlchemy's language, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Insert,
    MetaData,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tutelage.storage.ledger.budget import SLACK, Budget
from tutelage.storage.ledger.calls import ANSWERED, CALL_COLUMNS

_TABLES = MetaData()


def make_table(name: str, *, texts: str, integers: str = "", reals: str = "") -> Table:
    """A table by the names of its columns."""
    kinds: list[tuple[str, Any]] = [(texts, Text), (integers, BigInteger), (reals, Float)]
    columns = [Column(column, kind) for names, kind in kinds for column in names.split()]
    return Table(name, _TABLES, *columns)


CALLS = make_table(
    "calls",
    texts="key run role teacher prompt_version request answer status step day",
    integers="id input_tokens output_tokens worst_tokens",
    reals="cost worst_cost created",
)
SPENDING = make_table(
    "spending",
    texts="run step role teacher day",
    integers="calls reused input_tokens output_tokens unknown_cost unusable",
    reals="cost",
)
ACCOUNTS = make_table(
    "accounts",
    texts="run",
    integers="calls tokens reserved_calls reserved_tokens",
    reals="cost reserved_cost",
)
BORROWED = make_table("borrowed", texts="run key")

_SUMS = ("calls", "reused", "input_tokens", "output_tokens", "cost", "unknown_cost", "unusable")
_ACCOUNT = ("calls", "tokens", "cost", "reserved_calls", "reserved_tokens", "reserved_cost")

_CALL = [CALLS.c[name] for name in CALL_COLUMNS]
_ENTRY = [*_CALL, CALLS.c.run, CALLS.c.step, CALLS.c.created]


class Statements:
    """What a ledger says to its database, put together once."""

    def __init__(self, *, dialect: str, budget: Budget) -> None:
        self.find_one = select(*_CALL, CALLS.c.run).where(CALLS.c.key == bindparam("wanted"))
        self.find_many = select(*_CALL, CALLS.c.run).where(CALLS.c.key.in_(bindparam("wanted", expanding=True)))
        self.find_written = select(CALLS.c.key).where(
            CALLS.c.key.in_(bindparam("wanted", expanding=True)),
            CALLS.c.run == bindparam("of_run"),
            CALLS.c.created == bindparam("at"),
        )
        # the first answer to a key stays
        self.insert_calls = _insert(dialect, CALLS).on_conflict_do_nothing(index_elements=["key"])
        own = (
            CALLS.c.key == bindparam("of"),
            CALLS.c.run == bindparam("of_run"),
            CALLS.c.status == bindparam("old_status"),
        )
        self.find_own = select(*(CALLS.c[name] for name in ("step", "role", "teacher", "day"))).where(*own)
        self.restate = update(CALLS).where(*own).values(status=bindparam("new_status"))
        # a key is found whole or not at all
        self.set_aside = (
            update(CALLS)
            .where(CALLS.c.key.in_(bindparam("wanted", expanding=True)), CALLS.c.status != ANSWERED)
            .values(key=CALLS.c.key + bindparam("mark"))
        )
        self.insert_borrowed = _insert(dialect, BORROWED).on_conflict_do_nothing(index_elements=["run", "key"])
        self.add_spending = _adding(dialect, SPENDING, keys=("run", "step", "role", "teacher", "day"), sums=_SUMS)
        self.add_to_account = _adding(dialect, ACCOUNTS, keys=("run",), sums=_ACCOUNT)
        self.read_account = select(*(ACCOUNTS.c[name] for name in _ACCOUNT)).where(ACCOUNTS.c.run == bindparam("of"))
        self.reserve = _reserve(budget)
        self.record_one = None if dialect == "sqlite" else self._join()
        self.runs = select(SPENDING.c.run).distinct().order_by(SPENDING.c.run)

    def _join(self) -> Insert:
        """Account, sums and one call in a single statement: one way to PostgreSQL's server and back instead of five.

        Parameters are named by table and column.
        """
        parts = [(self.add_to_account, ACCOUNTS), (self.add_spending, SPENDING), (self.insert_calls, CALLS)]
        account, *others = (
            insert.values({c.name: bindparam(f"{table.name}_{c.name}") for c in table.c if c.name != "id"})
            for insert, table in parts
        )
        # the account first, as in other transactions: those that wait for one another then do so at the same row
        return account.add_cte(*(insert.cte(f"other_{number}") for number, insert in enumerate(others)))

    @staticmethod
    def spending(*, by: tuple[str, ...], run: str | None, step: str | None) -> Select[Any]:
        """Sums by the columns of `by`, in their order."""
        columns = [SPENDING.c[name] for name in by]
        query = select(*columns, *(func.coalesce(func.sum(SPENDING.c[name]), 0) for name in _SUMS))
        return query.where(*_where(SPENDING, run=run, step=step)).group_by(*columns).order_by(*columns)

    @staticmethod
    def unusable(*, run: str | None, role: str | None, limit: int) -> Select[Any]:
        """The newest answers that could not be used."""
        # written out and not as a parameter: only then do both databases see that the partial index holds all of them
        unusable = CALLS.c.status != bindparam("answered", ANSWERED, literal_execute=True)
        found = select(*_ENTRY).where(unusable, *_where(CALLS, run=run, role=role))
        return found.order_by(CALLS.c.id.desc()).limit(limit)

    @staticmethod
    def entries(*, run: str | None, limit: int) -> Select[Any]:
        """The next calls after one id: those a run has sent or taken, or all."""
        query = select(*_ENTRY, CALLS.c.id).where(CALLS.c.id > bindparam("after")).order_by(CALLS.c.id).limit(limit)
        if run is None:
            return query
        borrowed = select(BORROWED.c.key).where(BORROWED.c.run == run)
        return query.where(or_(CALLS.c.run == run, CALLS.c.key.in_(borrowed)))


def _reserve(budget: Budget) -> Update:
    """The worst case of a call, reserved where it fits beside what is spent and reserved; else no row changes.

    One statement, so that processes which reserve at the same time cannot exceed the budget together.
    """
    cost = None if budget.cost is None else budget.cost + SLACK
    limits = {"calls": budget.calls, "tokens": budget.tokens, "cost": cost}
    fits = [
        ACCOUNTS.c[name] + ACCOUNTS.c[f"reserved_{name}"] + bindparam(f"more_{name}") <= limit
        for name, limit in limits.items()
        if limit is not None
    ]
    more = {f"reserved_{name}": ACCOUNTS.c[f"reserved_{name}"] + bindparam(f"more_{name}") for name in limits}
    return update(ACCOUNTS).where(ACCOUNTS.c.run == bindparam("of"), *fits).values(more)


def _where(table: Table, **wanted: str | None) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in wanted.items() if value is not None]


def _adding(dialect: str, table: Table, *, keys: tuple[str, ...], sums: tuple[str, ...]) -> Insert:
    """Figures added to those of the row with the same keys, which is made if there is none."""
    insert = _insert(dialect, table)
    return insert.on_conflict_do_update(
        index_elements=list(keys), set_={name: table.c[name] + insert.excluded[name] for name in sums}
    )


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)

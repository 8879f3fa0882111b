"""What claims say to the database, the same for SQLite and PostgreSQL; times are by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Float,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from tutelage.storage.ledger.statements import CALLS, make_table

CLAIMS = make_table("claims", texts="key owner")
OWNERS = make_table("claim_owners", texts="owner", reals="alive_until")

_NOW: dict[str, ColumnElement[Any]] = {
    "sqlite": literal_column("(julianday('now') - 2440587.5) * 86400.0", Float),
    "postgresql": literal_column("CAST(extract(epoch FROM clock_timestamp()) AS double precision)", Float),
}
"""Seconds since 1970."""


class ClaimStatements:
    """Put together once."""

    def __init__(self, *, dialect: str) -> None:
        now, mine = _NOW[dialect], bindparam("of", type_=Text)
        wanted = _wanted(dialect)
        self.claim = _claim(dialect, wanted, owner=mine)
        self.owned = _owned(wanted, owner=mine)
        self.end = delete(CLAIMS).where(CLAIMS.c.key.in_(select(wanted)), CLAIMS.c.owner == mine)
        self.beat = _beat(dialect, until=now + bindparam("lease", type_=Float))
        self.leave_claims = delete(CLAIMS).where(CLAIMS.c.owner == mine)
        self.leave = delete(OWNERS).where(OWNERS.c.owner == mine)
        # who drops what is dead waits for nobody's rows, so that no two wait for one another
        dead = select(OWNERS.c.owner).where(OWNERS.c.alive_until < now).with_for_update(skip_locked=True)
        self.drop_owners = delete(OWNERS).where(OWNERS.c.owner.in_(dead))
        orphans = select(CLAIMS.c.key).where(CLAIMS.c.owner.not_in(select(OWNERS.c.owner)))
        self.drop_orphans = delete(CLAIMS).where(CLAIMS.c.key.in_(orphans.with_for_update(skip_locked=True)))

    def end_with(self, record: Insert) -> Insert:
        """The statement that records one call, ending the claim `claims_key` with it."""
        ended: Delete = delete(CLAIMS).where(CLAIMS.c.key == bindparam("claims_key"))
        return record.add_cte(ended.cte("ended_claim"))


def _wanted(dialect: str) -> ColumnElement[str]:
    """Keys in one parameter, a JSON list: with a statement for each, each would wait for the interpreter's lock."""
    told = bindparam("keys", type_=Text)
    if dialect == "sqlite":
        return func.json_each(told).table_valued("value").c.value
    return func.json_array_elements_text(cast(told, postgresql.JSON)).table_valued("value").c.value


def _claim(dialect: str, wanted: ColumnElement[str], *, owner: ColumnElement[str]) -> Insert:
    # in order, so that processes which claim the same keys lock them in the same order
    insert = _insert(dialect, CLAIMS).from_select(["key", "owner"], select(wanted, owner).order_by(wanted))
    return insert.on_conflict_do_nothing(index_elements=["key"])


def _owned(wanted: ColumnElement[str], *, owner: ColumnElement[str]) -> Select[Any]:
    """Which of some keys an owner has claimed, and whether an answer was recorded for it (just before, that is)."""
    answered = exists().where(CALLS.c.key == CLAIMS.c.key).label("answered")
    return select(CLAIMS.c.key, answered).where(CLAIMS.c.key.in_(select(wanted)), CLAIMS.c.owner == owner)


def _beat(dialect: str, *, until: ColumnElement[Any]) -> Insert:
    insert = _insert(dialect, OWNERS)
    alive = insert.values(owner=bindparam("me"), alive_until=until)
    return alive.on_conflict_do_update(index_elements=["owner"], set_={"alive_until": insert.excluded.alive_until})


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)

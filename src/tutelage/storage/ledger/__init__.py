"""Every teacher call, its answer and its price, kept so that nothing is asked or paid for twice."""

from tutelage.storage.ledger.book import Ledger
from tutelage.storage.ledger.budget import Budget, Reservation
from tutelage.storage.ledger.calls import Call, Spend, call_key
from tutelage.storage.ledger.database import LedgerError

__all__ = ["Budget", "Call", "Ledger", "LedgerError", "Reservation", "Spend", "call_key"]

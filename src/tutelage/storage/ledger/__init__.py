"""Every teacher call, its answer and its price, kept so that nothing is asked or paid for twice."""

from tutelage.storage.ledger.book import Ledger
from tutelage.storage.ledger.budget import Account, Budget, Reservation
from tutelage.storage.ledger.calls import Call, Entry, Spend, call_key
from tutelage.storage.ledger.places import LedgerError

__all__ = ["Account", "Budget", "Call", "Entry", "Ledger", "LedgerError", "Reservation", "Spend", "call_key"]

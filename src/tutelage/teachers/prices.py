"""What a model costs: from the table that is shipped, or from one that the user keeps. Unknown is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from tutelage.core.errors import UsageError
from tutelage.core.settings import Settings
from tutelage.core.toml import parse_toml
from tutelage.storage.limits import read_document

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MAX_PRICES_BYTES = 1_000_000
"""Of a file of prices; one of ten thousand models has as many."""


class Price(Settings):
    """What one model costs for a million tokens."""

    model: str
    host: str | None = None
    """Host name of the endpoint that asks this price; `None` means wherever the model is served."""
    input: Money
    output: Money
    as_of: str = ""
    """When it was checked."""


class PriceTable(Settings):
    """A file of prices: `[[price]]` tables."""

    price: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True)
class Rates:
    """What a teacher's tokens cost, a million each; none is unknown."""

    input: float | None
    output: float | None

    @property
    def known(self) -> bool:
        """Whether a call can be priced."""
        return self.input is not None and self.output is not None


def find_rates(
    model: str, *, base_url: str, own: str | None = None, told: Rates | None = None, part: float = 1.0
) -> Rates:
    """`part` of what is told or, where that says nothing, of what the tables say. UsageError as `find_price`."""
    price, told = find_price(model, base_url=base_url, own=own), told or Rates(None, None)
    input_price = price.input if told.input is None and price else told.input
    output_price = price.output if told.output is None and price else told.output
    return Rates(*(None if rate is None else part * rate for rate in (input_price, output_price)))


def find_price(model: str, *, base_url: str, own: str | None = None) -> Price | None:
    """The price of a model at an endpoint, the file `own` before the shipped table; `None` if it is unknown.

    UsageError for a file that cannot be read.
    """
    host = urlsplit(base_url).hostname
    prices = (*(read_prices(Path(own)).price if own else ()), *shipped_prices().price)
    return next((price for price in prices if price.model == model and price.host in {None, host}), None)


@cache
def shipped_prices() -> PriceTable:
    """The table in `prices.toml`."""
    return PriceTable(**parse_toml((files("tutelage.teachers") / "prices.toml").read_text("utf-8")))


def read_prices(path: Path) -> PriceTable:
    """The table in a user's file; UsageError naming what is wrong with it."""
    form = 'It holds tables like: [[price]] model = "my-model", input = 0.5, output = 1.5 (per million tokens).'
    try:
        with path.expanduser().open("rb") as stream:
            content = read_document(stream, where=str(path), limit=MAX_PRICES_BYTES)
        return PriceTable(**parse_toml(content.decode("utf-8-sig")))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the prices cannot be read ({reason}).", where=str(path), fix=form) from error
    except ValidationError as error:
        raise UsageError(f"{_first_fault(error)}.", where=str(path), fix=form) from error
    except ValueError as error:
        raise UsageError(f"this is not TOML ({error}).", where=str(path), fix=form) from error
    except TypeError as error:
        raise UsageError(f"this is no table of prices ({error}).", where=str(path), fix=form) from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {str(fault['msg'])[:1].lower()}{str(fault['msg'])[1:]}"

"""What AWS asks, read from a dated file. US dollars throughout."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed

SHIPPED = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True)
class Prices:
    """A price list, each price by `service.what`."""

    region: str
    looked_up: date
    each: dict[str, float]

    def __getitem__(self, name: str) -> float:
        """The price of one `service.what`. Raises CommandFailed where the list has none."""
        try:
            return self.each[name]
        except KeyError:
            raise CommandFailed(f"the price list has no {name}; add it to the file") from None


def read_prices(path: Path = SHIPPED) -> Prices:
    """A price list. Raises CommandFailed, with every fault of the file."""
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"the price list {path} cannot be read: {error}") from None
    region, looked_up = said.pop("region", None), said.pop("date", None)
    said.pop("source", None)
    each = dict(_entries(said))
    wrong = [name for name, price in each.items() if not _is_price(price)]
    if not isinstance(region, str):
        wrong.append("region (a text)")
    if not isinstance(looked_up, date):
        wrong.append("date (a day, such as 2026-09-30)")
    if wrong:
        raise CommandFailed(f"the price list {path} is wrong in: {', '.join(wrong)}")
    return Prices(str(region), looked_up, {name: float(price) for name, price in each.items()})


def _entries(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each `service.what` and its price; what stands outside of a table is no price."""
    for service, table in said.items():
        if isinstance(table, dict):
            yield from ((f"{service}.{what}", price) for what, price in table.items())
        else:
            yield service, None


def _is_price(price: object) -> bool:
    return isinstance(price, int | float) and not isinstance(price, bool) and price >= 0

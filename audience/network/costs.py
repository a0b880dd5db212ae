"""What it costs to win accounts, as price lists say."""

from __future__ import annotations

from collections.abc import Iterable

from audience.named.finder import Finder
from audience.named.lists import Row
from privacy.home import Home


def prices(home: Home, rows: Iterable[Row]) -> tuple[dict[str, float], int]:
    """What each account of a price list costs, and how many rows name nobody or no price above 0. The lowest counts."""
    finder, found, unused = Finder(home), dict[str, float](), 0
    for row in rows:
        outcome, accounts = finder.find(row)
        cost = _price(row.get("cost", ""))
        if outcome != "resolved" or cost is None:
            unused += 1
            continue
        found.update({account: min(cost, found.get(account, cost)) for account in accounts})
    return found, unused


def _price(text: str) -> float | None:
    """A price as people write it: ``1,200``, ``¥800``, ``800元``."""
    try:
        price = float(text.strip("¥￥$元 ").replace(",", "").replace("，", ""))
    except ValueError:
        return None
    return price if 0 < price < float("inf") else None

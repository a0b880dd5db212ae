"""What rose: in posts, item by item of at least k people, and in search interest; and the bursts of both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from audience.trends.answers import RisingItem
from audience.trends.demand import Demand
from audience.trends.drivers import with_drivers
from audience.trends.groups import grouped
from audience.trends.social import Social, people_behind
from lake.store import Lake
from nlp.online_bursts import online_bursts
from nlp.seasonal_test import SeasonalTest
from nlp.trends import HISTORY, Part, rising, series_with_gaps
from privacy.disclosure import Disclosure

# Items that are looked at for rises, the largest first: bounds memory, and what is smaller is no trend.
POOL = 4_000
# Rises ranked for each one shown, since some go (too few people) and others are folded into one event.
_SPARE = 4
LEAST_SURPRISE = 2.0  # chance would do it less than once in a hundred

Key = tuple[str, str]


class Rises:
    """Looks for rises and bursts in one window of one lake."""

    def __init__(
        self,
        lake: Lake,
        since: datetime,
        until: datetime,
        disclosure: Disclosure,
        label: Callable[[str, str], str],
    ) -> None:
        self._lake, self._since, self._until = lake, since, until
        self._disclosure, self._label = disclosure, label

    def all(self, demands: Sequence[Demand], social: Social | None, limit: int) -> list[RisingItem]:
        """What rose most unexpectedly, of all kinds and sources: an event a row, with who carried it."""
        found = [row for demand in demands for row in self.demand(demand, _SPARE * limit)]
        if social is not None:
            found += self.social(social, _SPARE * limit)
        found.sort(key=lambda row: (-row.score, row.item))
        return with_drivers(self._lake, grouped(self._lake, found)[:limit], self._disclosure)

    def of(
        self, demands: Sequence[Demand], social: Social | None, keys: Collection[Key], limit: int
    ) -> list[RisingItem]:
        """The rises of one item under its kinds."""
        found = [row for demand in demands for row in self.demand(demand, limit)]
        if social is not None and keys:
            found += [row for row in self.social(social, POOL) if (row.kind, row.item) in keys]
        return sorted(found, key=lambda row: -row.score)[:limit]

    def demand(self, demand: Demand, limit: int) -> list[RisingItem]:
        """Rises of search interest in one source."""
        parts = self._largest([Part(demand.rows, demand.covered)])
        rows = rising(parts, self._since, self._until, limit, listed=demand.listed)
        rows = rows.filter(pl.col("surprise") >= LEAST_SURPRISE)
        return [
            _risen(row, ("keyword", row["item"]), row["item"], demand.unit, source=demand.source)
            for row in rows.iter_rows(named=True)
        ]

    def social(self, social: Social, limit: int) -> list[RisingItem]:
        """Rises of tags, topics and terms; those of fewer than k people are left out."""
        parts = self._largest(social.parts())
        found = rising(parts, self._since, self._until, limit)
        rows = found.filter(pl.col("surprise") >= LEAST_SURPRISE).to_dicts()
        keys: list[Key] = [(kind, item) for kind, _, item in (row["item"].partition(":") for row in rows)]
        people = people_behind(self._lake, keys, self._since, self._until)
        shown = []
        for row, key in zip(rows, keys, strict=True):
            if self._disclosure.hidden(people.get(key, 0)):
                continue
            row["peak_value"] = float(self._disclosure.rounded(int(row["peak_value"])))
            told = self._disclosure.count(people[key])
            shown.append(_risen(row, key, self._label(*key), "posts", people=told))
        return shown

    def bursts(self, only: Collection[Key] | None, limit: int) -> list[RisingItem]:
        """Mined bursts in the window, the most surprising first, with who carried them."""
        if not self._lake.exists("bursts"):
            return []
        rows = self._lake.read("bursts").filter(pl.col("start") >= self._since, pl.col("start") < self._until)
        rows = rows.sort("surprise", "burst", descending=[True, False])
        if only is not None:
            rows = rows.filter(
                [(kind, item) in only for kind, item in rows.select("kind", "item").iter_rows()]
            )
        rows = rows.head(_SPARE * limit)
        people = people_behind(
            self._lake, list(rows.select("kind", "item").iter_rows()), self._since, self._until
        )
        shown = [
            self._burst(row, people[row["kind"], row["item"]])
            for row in rows.iter_rows(named=True)
            if not self._disclosure.hidden(people.get((row["kind"], row["item"]), 0))
        ]
        return with_drivers(self._lake, shown[:limit], self._disclosure)

    def demand_bursts(self, demand: Demand, name: str) -> list[RisingItem]:
        """Bursts of search interest by the hour, each as it would have been reported live."""
        if demand.grain != "hour":
            return []
        moments = demand.moments(self._since - HISTORY, self._until)
        whole = series_with_gaps(demand.rows, moments, demand.covered)
        found = online_bursts(whole.select("at", "value"), SeasonalTest())
        return [
            RisingItem(
                kind="keyword",
                item=name,
                label=name,
                source=demand.source,
                **{key: row[key] for key in ("start", "peak", "end", "value")},
                expected=round(row["expected"], 2),
                score=round(row["score"], 2),
                unit=demand.unit,
            )
            for row in found.filter(pl.col("start") >= self._since).iter_rows(named=True)
        ]

    def _burst(self, row: Mapping[str, Any], people: int) -> RisingItem:
        return RisingItem(
            kind=row["kind"],
            item=row["item"],
            label=self._label(row["kind"], row["item"]),
            **{key: row[key] for key in ("start", "peak", "end")},
            value=float(self._disclosure.rounded(row["posts"])),
            expected=round(row["expected"], 2),
            score=round(row["surprise"], 2),
            unit="posts",
            people=self._disclosure.count(people),
            related=list(row["related"] or ()),
        )

    def _largest(self, parts: Sequence[Part]) -> list[Part]:
        """The rows of the POOL largest items of the window, with their past."""
        if not parts:
            return []
        inside = pl.concat([part.series for part in parts]).filter(pl.col("at") >= self._since)
        sizes = inside.group_by("item").agg(
            pl.col("value").max().alias("top"), pl.col("value").sum().alias("sum")
        )
        kept = sizes.sort("top", "sum", "item", descending=[True, True, False]).head(POOL).select("item")
        return [Part(part.series.join(kept, on="item", how="semi"), part.covered) for part in parts]


def _risen(
    row: Mapping[str, Any],
    key: Key,
    label: str,
    unit: str,
    source: str | None = None,
    people: int | None = None,
) -> RisingItem:
    return RisingItem(
        kind=key[0],
        item=key[1],
        label=label,
        source=source,
        start=row["start"],
        peak=row["peak"],
        value=row["peak_value"],
        expected=round(row["before"], 2),
        score=round(row["surprise"], 2),
        unit=unit,
        people=people,
        state=row["state"],
    )

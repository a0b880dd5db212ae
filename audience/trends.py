"""What is rising and how one item went: in what people post (mined) and in what they search (collected)."""

from __future__ import annotations

from datetime import datetime, timedelta
from difflib import get_close_matches

import polars as pl

from audience.answers import RisingItem, TrendAnswer, TrendPoint, TrendSeries
from audience.demand import Demand, latest_demand, read_demand
from audience.social import Social, latest_social, people_behind, read_social
from audience.window import every, window
from lake.store import Lake
from nlp.trends import HISTORY, rising, series_with_gaps
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_LIMIT = 1_000
# Items that are looked at for rises, the largest first: bounds memory, and what is smaller is no trend.
_POOL = 4_000
# Up to this long a window is shown by the hour.
_BY_HOUR = timedelta(days=8)
_KINDS = ("tag", "topic", "term")
# A share that is shown as 100 % is not warned about.
_WHOLE = 0.995


def trends(
    home: Home,
    item: str | None = None,
    rising: bool = False,
    since: str | datetime = "30d",
    until: str | datetime | None = None,
    limit: int = 10,
    role: Role = Role.ANALYST,
    disclosure: Disclosure | None = None,
) -> TrendAnswer:
    """How ``item`` went (a term, ``tag:…`` or ``topic:…``), or without one what rose fastest. Needs role analyst.

    Search demand needs no mining. What people post is shown only of items with at least k accounts in the window,
    posts rounded. Days are those of Asia/Shanghai; ``until`` is excluded and by default the last hour collected.

    Raises:
        BadInputError: nothing was ever collected of the item, or a window or limit out of bounds.
    """
    require(role, Role.ANALYST)
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 1 to {MAX_LIMIT:,}")
    lake, disclosure = Lake(home), disclosure or Disclosure.from_settings()
    latest = max((at for at in (latest_demand(lake), latest_social(lake)) if at), default=None)
    if latest is None:
        raise BadInputError(
            "nothing was collected yet", "run: renqun crawl, or renqun import weibo-hot FOLDER"
        )
    start, end = window(since, until, latest)
    question = _Question(lake, start, end, disclosure)
    return question.rises(limit) if item is None else question.course(item.strip(), rising, limit)


class _Question:
    """One window of one lake, asked for rises or for an item's course."""

    def __init__(self, lake: Lake, since: datetime, until: datetime, disclosure: Disclosure) -> None:
        self._lake, self._since, self._until, self._disclosure = lake, since, until, disclosure
        self._topics = dict(lake.read("topics", columns=["topic", "name"]).iter_rows())

    def rises(self, limit: int) -> TrendAnswer:
        """What rose fastest, of all kinds and sources."""
        demands = list(read_demand(self._lake, self._since - HISTORY, self._until))
        social = read_social(self._lake, self._since - HISTORY, self._until)
        found = [row for demand in demands for row in self._demand_rises(demand, limit)]
        if social is not None:
            found += self._social_rises(social, limit)
        found.sort(key=lambda row: (-row.score, row.item))
        return self._answer(None, demands, social, rising=found[:limit], bursts=self._bursts(None, limit))

    def course(self, text: str, with_rise: bool, limit: int) -> TrendAnswer:
        """How one item went, by source and kind."""
        kind, name = self._kind_of(text)
        wants_demand = kind is None or kind == "keyword"
        demands = (
            list(read_demand(self._lake, self._since - HISTORY, self._until, name)) if wants_demand else []
        )
        social = read_social(self._lake, self._since - HISTORY, self._until) if kind != "keyword" else None
        kinds = ("term",) if kind is None else (kind,)
        asked = (
            []
            if social is None
            else [(of, value) for of in kinds for value in self._written(of, name, social)]
        )
        people = people_behind(self._lake, asked, self._since, self._until)
        shown = [key for key in asked if not self._disclosure.hidden(people.get(key, 0))]
        series = [self._demand_series(demand, name) for demand in demands]
        if social is not None:
            series += [self._social_series(social, of, value) for of, value in shown]
        if not series and not asked:
            raise self._never(text, kind)
        answer = self._answer(
            text,
            demands,
            social,
            series=series,
            rising=self._rises_of(demands, social, shown, limit) if with_rise else [],
            bursts=self._bursts(set(shown), limit),
        )
        if series:
            return answer
        few = f"fewer than {self._disclosure.k} people posted about it in this time"
        return answer.model_copy(update={"hidden": True, "reason": few})

    def _rises_of(
        self, demands: list[Demand], social: Social | None, shown: list[tuple[str, str]], limit: int
    ) -> list[RisingItem]:
        found = [row for demand in demands for row in self._demand_rises(demand, limit)]
        if social is not None and shown:
            found += [row for row in self._social_rises(social, _POOL) if (row.kind, row.item) in shown]
        return sorted(found, key=lambda row: -row.score)[:limit]

    def _demand_rises(self, demand: Demand, limit: int) -> list[RisingItem]:
        rows = rising(
            _largest(demand.rows, self._since),
            self._since,
            self._until,
            demand.covered,
            limit,
            listed=demand.listed,
        )
        return [
            _risen(row, "keyword", row["item"], row["item"], demand.unit, source=demand.source)
            for row in rows.iter_rows(named=True)
        ]

    def _social_rises(self, social: Social, limit: int) -> list[RisingItem]:
        """Rises of tags, topics and terms; more are ranked than asked for, since those of too few people go."""
        hourly = social.rows.filter(pl.col("grain") == "hour").select(
            pl.format("{}:{}", "kind", "item").alias("item"),
            "at",
            pl.col("posts").cast(pl.Float64).alias("value"),
        )
        rows = rising(
            _largest(hourly, self._since), self._since, self._until, social.covered, 3 * limit
        ).to_dicts()
        keys = [(kind, item) for kind, _, item in (row["item"].partition(":") for row in rows)]
        people = people_behind(self._lake, keys, self._since, self._until)
        found = []
        for row, key in zip(rows, keys, strict=True):
            if self._disclosure.hidden(people.get(key, 0)):
                continue
            row["peak_value"] = float(self._disclosure.rounded(int(row["peak_value"])))
            told = self._disclosure.count(people[key])
            found.append(_risen(row, key[0], key[1], self._label(*key), "posts", people=told))
        return found[:limit]

    def _demand_series(self, demand: Demand, name: str) -> TrendSeries:
        filled = series_with_gaps(demand.rows, demand.moments(self._since, self._until), demand.covered)
        points = [TrendPoint(at=at, value=value) for _, at, value in filled.iter_rows()]
        return _series("keyword", name, name, demand.grain, demand.unit, points, demand.source)

    def _social_series(self, social: Social, kind: str, item: str) -> TrendSeries:
        by_hour = self._until - self._since <= _BY_HOUR
        grain = "hour" if by_hour else "day"
        rows = social.rows.filter(
            pl.col("kind") == kind, pl.col("item") == item, pl.col("grain") == grain
        ).select(
            pl.lit(item).alias("item"), "at", pl.col("posts").cast(pl.Float64).alias("value"), "accounts"
        )
        covered = social.covered if by_hour else social.days_covered()
        moments: pl.Series = covered.filter((covered >= self._since) & (covered < self._until))
        if not moments.is_empty():
            moments = every(moments.min(), moments.max(), grain, closed="both")
        people = dict(rows.select("at", "accounts").iter_rows())
        filled = series_with_gaps(rows.drop("accounts"), moments, covered)
        points = [
            TrendPoint(
                at=at,
                value=None if value is None else float(self._disclosure.rounded(int(value))),
                people=self._disclosure.count(people.get(at, 0)),
            )
            for _, at, value in filled.iter_rows()
        ]
        return _series(kind, item, self._label(kind, item), grain, "posts", points, None)

    def _bursts(self, only: set[tuple[str, str]] | None, limit: int) -> list[RisingItem]:
        """Mined bursts in the window, the most surprising first."""
        if not self._lake.exists("bursts"):
            return []
        rows = self._lake.read("bursts").filter(pl.col("start") >= self._since, pl.col("start") < self._until)
        rows = rows.sort("surprise", "burst", descending=[True, False])
        if only is not None:
            rows = rows.filter(
                [(kind, item) in only for kind, item in rows.select("kind", "item").iter_rows()]
            )
        rows = rows.head(3 * limit)
        keys = list(rows.select("kind", "item").iter_rows())
        people = people_behind(self._lake, keys, self._since, self._until)
        found = []
        for row in rows.iter_rows(named=True):
            behind = people.get((row["kind"], row["item"]), 0)
            if self._disclosure.hidden(behind):
                continue
            found.append(
                RisingItem(
                    kind=row["kind"],
                    item=row["item"],
                    label=self._label(row["kind"], row["item"]),
                    start=row["start"],
                    peak=row["peak"],
                    end=row["end"],
                    value=float(self._disclosure.rounded(row["posts"])),
                    expected=round(row["expected"], 2),
                    score=round(row["surprise"], 2),
                    unit="posts",
                    people=self._disclosure.count(behind),
                    related=list(row["related"] or ()),
                )
            )
        return found[:limit]

    def _answer(
        self,
        item: str | None,
        demands: list[Demand],
        social: Social | None,
        series: list[TrendSeries] | None = None,
        rising: list[RisingItem] | None = None,
        bursts: list[RisingItem] | None = None,
    ) -> TrendAnswer:
        coverage = {demand.source: self._share(demand.covered, demand.grain) for demand in demands}
        if social is not None:
            coverage["posts"] = self._share(social.covered, "hour")
        gaps = [source for source, share in coverage.items() if share < _WHOLE]
        return TrendAnswer(
            item=item,
            since=self._since,
            until=self._until,
            series=series or [],
            rising=rising or [],
            bursts=bursts or [],
            coverage=coverage,
            warnings=[f"not all of this time was collected: {', '.join(gaps)}"] if gaps else [],
        )

    def _share(self, covered: pl.Series, grain: str) -> float:
        step = timedelta(hours=1) if grain == "hour" else timedelta(days=1)
        moments = max(1, -(-(self._until - self._since) // step))
        taken = int(covered.is_between(self._since, self._until, closed="left").sum())
        return round(min(1.0, taken / moments), 4)

    def _kind_of(self, text: str) -> tuple[str | None, str]:
        kind, colon, name = text.partition(":")
        if colon and kind in (*_KINDS, "keyword") and name.strip():
            return kind, name.strip()
        if not text:
            raise BadInputError("the item is empty", "for example 露营, tag:露营 or topic:t01")
        return None, text

    def _written(self, kind: str, name: str, social: Social) -> list[str]:
        """How the mined trends may write the item: a topic by id or name, a term with or without #."""
        forms = {name, name.lower()}
        if kind == "topic":
            forms |= {topic for topic, known in self._topics.items() if known == name}
        if kind == "term":
            forms |= {f"#{name.lstrip('#').lower()}"}
        items = social.rows.filter(pl.col("kind") == kind)["item"].unique()
        return sorted(forms & set(items))

    def _label(self, kind: str, item: str) -> str:
        return (self._topics.get(item) or item) if kind == "topic" else item

    def _never(self, text: str, kind: str | None) -> BadInputError:
        name = text.partition(":")[2] if kind else text
        known = set(self._topics.values()) if kind == "topic" else set()
        if self._lake.exists("trends"):
            of = self._lake.read("trends", columns=["kind", "item"]).unique()
            known |= set(of.filter(pl.col("kind") == (kind or "term"))["item"])
        near = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
        hint = (
            f"did you mean {', '.join(near)}?"
            if near
            else "try a longer window, or ask what is rising: --rising"
        )
        return BadInputError(f"nothing was collected about {text!r} in this time", hint)


def _largest(rows: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """The rows of the _POOL largest items of the window, with their past."""
    inside = rows.filter(pl.col("at") >= since)
    sizes = inside.group_by("item").agg(
        pl.col("value").max().alias("top"), pl.col("value").sum().alias("sum")
    )
    kept = sizes.sort("top", "sum", "item", descending=[True, True, False]).head(_POOL)
    return rows.join(kept.select("item"), on="item", how="semi")


def _risen(
    row: dict[str, object],
    kind: str,
    item: str,
    label: str,
    unit: str,
    source: str | None = None,
    people: int | None = None,
) -> RisingItem:
    return RisingItem.model_validate(
        {
            "kind": kind,
            "item": item,
            "label": label,
            "source": source,
            "start": row["start"],
            "peak": row["peak"],
            "value": row["peak_value"],
            "expected": round(float(str(row["before"])), 2),
            "score": round(float(str(row["surprise"])), 2),
            "unit": unit,
            "people": people,
        }
    )


def _series(
    kind: str, item: str, label: str, grain: str, unit: str, points: list[TrendPoint], source: str | None
) -> TrendSeries:
    missing = sum(point.value is None for point in points)
    return TrendSeries.model_validate(
        {
            "kind": kind,
            "item": item,
            "label": label,
            "source": source,
            "grain": grain,
            "unit": unit,
            "covered": len(points) - missing,
            "missing": missing,
            "points": points,
        }
    )

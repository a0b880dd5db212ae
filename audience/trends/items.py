"""What is rising and how one item went: in what people post (mined) and in what they search (collected)."""

from __future__ import annotations

from datetime import datetime, timedelta
from difflib import get_close_matches

import polars as pl

from audience.trends.answers import RisingItem, TrendAnswer, TrendSeries
from audience.trends.demand import Demand, latest_demand, read_demand
from audience.trends.phrases import with_phrase
from audience.trends.rises import Key, Rises
from audience.trends.series import demand_series, leads, social_series
from audience.trends.social import Social, latest_social, people_behind, read_social
from audience.window import LOCAL, window
from lake.store import Lake
from nlp.trends import HISTORY, LEAST_PAST
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_LIMIT = 1_000
_KINDS = ("tag", "topic", "term", "hashtag")
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
    """How ``item`` went (words, ``tag:…``, ``topic:…``, ``hashtag:…``), or without one what rose. Needs role analyst.

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
        self._rises = Rises(lake, since, until, disclosure, self._label)

    def rises(self, limit: int) -> TrendAnswer:
        """What rose fastest, of all kinds and sources."""
        demands = list(read_demand(self._lake, self._since - HISTORY, self._until))
        social = read_social(self._lake, self._since - HISTORY, self._until)
        rising = self._rises.all(demands, social, limit)
        return self._answer(None, demands, social, rising=rising, bursts=self._rises.bursts(None, limit))

    def course(self, text: str, with_rise: bool, limit: int) -> TrendAnswer:
        """How one item went, by source and kind."""
        kind, name = self._kind_of(text)
        begin = self._since - HISTORY
        demands = list(read_demand(self._lake, begin, self._until, name)) if kind in (None, "keyword") else []
        social = read_social(self._lake, begin, self._until) if kind != "keyword" else None
        asked = self._written(kind or "term", name, social) if social is not None else []
        people = people_behind(self._lake, asked, self._since, self._until)
        if social is not None and not asked and kind in (None, "term"):
            social, people = with_phrase(self._lake, social, name, self._since, self._until)
            asked = list(people)
        shown = [key for key in asked if not self._disclosure.hidden(people.get(key, 0))]
        series = [demand_series(demand, name, self._since, self._until) for demand in demands]
        bursts = [burst for demand in demands for burst in self._rises.demand_bursts(demand, name)]
        if social is not None:
            series += [self._series(social, key) for key in shown]
        if not series and not asked:
            raise self._never(text, kind)
        if not series:
            few = f"fewer than {self._disclosure.k} people posted about it in this time"
            hidden = self._answer(text, demands, social)
            return hidden.model_copy(update={"hidden": True, "reason": few})
        answer = self._answer(
            text,
            demands,
            social,
            series=series,
            rising=self._rises.of(demands, social, shown, limit) if with_rise else [],
            bursts=[*self._rises.bursts(set(shown), limit), *bursts][:limit],
        )
        if social is None or not shown:
            return answer
        beside = leads(demands, social, shown[0], self._since, self._until)
        return answer.model_copy(update={"leads": beside})

    def _series(self, social: Social, key: Key) -> TrendSeries:
        return social_series(social, key, self._label(*key), self._since, self._until, self._disclosure)

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
        warnings = [f"not all of this time was collected: {', '.join(gaps)}"] if gaps else []
        warnings += self._begun(social) + self._short(demands, social)
        return TrendAnswer(
            item=item,
            since=self._since,
            until=self._until,
            series=series or [],
            rising=rising or [],
            bursts=bursts or [],
            coverage=coverage,
            warnings=warnings,
        )

    def _begun(self, social: Social | None) -> list[str]:
        """Sources that joined within the window: counts jump there, shares and rises are corrected for it."""
        begun = social.begun(self._since, self._until) if social is not None else {}
        return [
            f"{source} was first collected at {at.astimezone(LOCAL):%Y-%m-%d %H:%M}: more posts from then on are no rise"
            for source, at in begun.items()
        ]

    def _short(self, demands: list[Demand], social: Social | None) -> list[str]:
        """Where so little was collected that nothing can be compared with anything."""
        hours = [demand.covered.len() for demand in demands if demand.grain == "hour"]
        hours += [social.covered.len()] if social is not None else []
        if not hours or max(hours) > 2 * LEAST_PAST:
            return []
        return [
            f"only {max(hours)} hours were collected: an hour is compared with the {LEAST_PAST} before it alone"
        ]

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

    def _written(self, kind: str, name: str, social: Social) -> list[Key]:
        """How the mined trends may write the item: a topic by id or name, a term with or without #."""
        forms = {name, name.lower()}
        if kind == "topic":
            forms |= {topic for topic, known in self._topics.items() if known == name}
        if kind in ("term", "hashtag"):
            tagged = f"#{name.lstrip('#').lower()}"
            forms = {tagged} if kind == "hashtag" else {*forms, tagged}
            kind = "term"
        items = social.rows.filter(pl.col("kind") == kind)["item"].unique()
        return [(kind, item) for item in sorted(forms & set(items))]

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

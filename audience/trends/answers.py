"""What answers about trends look like; every number has passed :mod:`privacy.disclosure`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer


class TrendPoint(Answer):
    """A moment of a series: ``value`` null where nothing was collected, which is not the same as 0."""

    at: datetime
    value: float | None
    people: int | None = Field(default=None, description="distinct accounts, rounded; null for search demand")
    share: float | None = Field(
        default=None, description="of all posts collected then, from rounded counts; null for search demand"
    )


class Rhythm(Answer):
    """When an item is talked about or searched, as factors around 1; null where too little was collected."""

    hours: list[float | None] = Field(
        default_factory=list, description="0 to 23 o'clock, Asia/Shanghai; empty for daily series"
    )
    weekdays: list[float | None] = Field(default_factory=list, description="Monday to Sunday")


class TrendSeries(Answer):
    """One item through time. ``kind``: tag, topic, term (what people post) or keyword (what people search)."""

    kind: str
    item: str
    label: str
    source: str | None = None
    grain: Literal["hour", "day"]
    unit: str = Field(description="posts, heat or index")
    covered: int = Field(description="moments with collection")
    missing: int = Field(description="moments without: gaps")
    rhythm: Rhythm | None = None
    points: list[TrendPoint] = Field(default_factory=list)


class Driver(Answer):
    """A group, or a public account, that carried a burst. Private persons are never one."""

    kind: Literal["community", "interest", "public"]
    name: str
    people: int | None = Field(default=None, description="of the group in the burst, rounded")
    share: float | None = Field(default=None, description="of the people of the burst")
    tgi: float | None = Field(
        default=None, description="100 * share / share of everybody who posted in the week around"
    )
    posts: int | None = Field(default=None, description="of a public account in the burst")


class RisingItem(Answer):
    """Something that rose in the window: when, how high, against what was expected."""

    kind: str
    item: str
    label: str
    source: str | None = None
    start: datetime
    peak: datetime
    end: datetime | None = None
    value: float = Field(description="at the peak; of a mined burst, its posts")
    expected: float | None = Field(default=None, description="what the time before led to expect")
    score: float = Field(description="how unexpected the rise is; the order of the list")
    unit: str
    people: int | None = None
    state: Literal["new", "rising", "unknown"] | None = Field(
        default=None, description="new: not there before; unknown: too little was collected before to tell"
    )
    related: list[str] = Field(default_factory=list, description="what rose with it: one event is one row")
    searched: list[RisingItem] = Field(
        default_factory=list, description="search interest of the same name that rose with the posts"
    )
    drivers: list[Driver] = Field(default_factory=list)


class Lead(Answer):
    """Search beside talk: how many steps the search follows the posts (negative: it leads), with 95 % intervals."""

    source: str = Field(description="of the search interest")
    grain: Literal["hour", "day"]
    lag: int
    low: int
    high: int
    correlation: float
    correlation_low: float
    correlation_high: float
    pairs: int = Field(description="moments in which both were collected")
    clear: bool = Field(description="whether the correlation is beyond chance; if not, the lag says nothing")


class TrendAnswer(Answer):
    """What is rising, or how one item went. ``coverage`` says how much of the window was collected at all."""

    item: str | None
    since: datetime
    until: datetime
    hidden: bool = False
    reason: str = ""
    series: list[TrendSeries] = Field(default_factory=list)
    leads: list[Lead] = Field(default_factory=list)
    rising: list[RisingItem] = Field(default_factory=list)
    bursts: list[RisingItem] = Field(default_factory=list)
    coverage: dict[str, float] = Field(
        default_factory=dict, description="source: share of the window collected"
    )
    warnings: list[str] = Field(default_factory=list)

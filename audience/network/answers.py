"""What answers about the network look like: influence, communities, who is around an account, chain reactions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer
from audience.search.answers import FacetValue


class Amplifier(Answer):
    """Somebody who passes on, answers or mentions an account, and how often lately."""

    account_id: str
    name: str | None = Field(default=None, description="only for public accounts")
    times: int


class Influencer(Answer):
    """An account that is listened to, and why.

    ``percentile`` is among all accounts, ``low`` to ``high`` its 95 % interval; ``tag_percentile`` among those with the
    interest that was asked about. ``within_two`` counts different people among followers and their followers, rounded.
    ``amplification`` compares median reposts a post with those of accounts with as many followers.
    """

    rank: int
    person_id: str
    account_id: str
    name: str | None = Field(default=None, description="only for public accounts")
    percentile: int
    low: int
    high: int
    tag_percentile: int | None = None
    authority: float | None = None
    hub: float | None = None
    followers: int
    within_two: int
    median_reposts: float | None = None
    expected_reposts: float | None = None
    amplification: float | None = None
    amplified_by: list[Amplifier] = Field(default_factory=list)
    communities: list[str] = Field(default_factory=list, description="of those who amplify it, most first")
    topics: list[str] = Field(default_factory=list, description="interests in what they pass on, most first")


class InfluenceAnswer(Answer):
    """Who is listened to, most first."""

    hidden: bool
    reason: str = ""
    tag: str | None = None
    among: str | None = None
    people: int | None
    as_of: datetime
    influencers: list[Influencer] = Field(default_factory=list)
    k: int


class SpreadSeed(Answer):
    """An account to tell first; ``reach`` is how many people it and those before it reach together."""

    rank: int
    person_id: str
    account_id: str
    name: str | None = Field(default=None, description="only for public accounts")
    community: str | None = None
    influence: int | None = Field(default=None, description="percentile, 0 to 100")
    followers: int | None = None
    tags: list[str] = Field(default_factory=list)
    reach: int


class SpreadAnswer(Answer):
    """Whom to tell first, and how far it goes: people who hear of it (model ``ic``), or who join (``lt``).

    With probability ``sure`` the reach is at least ``guarantee`` times that of the best possible choice. ``low`` and
    ``high`` bound ``reach`` (95 %); ``most_followed_reach`` is what as many of the most followed would reach.
    """

    hidden: bool
    reason: str = ""
    model: Literal["ic", "lt"]
    learnt_from: int = Field(description="reposts that the chances are learnt from; 0: equal chances")
    people: int | None
    reach: int | None = None
    low: int | None = None
    high: int | None = None
    most_followed_reach: int | None = None
    guarantee: float | None = None
    sure: float | None = None
    seeds: list[SpreadSeed] = Field(default_factory=list)
    k: int


class Bridge(Answer):
    """An account whose ties go to several communities. ``participation``: 0 all in one, toward 1 evenly in many."""

    account_id: str
    name: str | None = Field(default=None, description="only for public accounts")
    community: str
    reaches: list[str]
    participation: float


class Neighbour(Answer):
    """Another community, and how many times as many ties go there as chance alone would put."""

    community: str
    name: str | None
    times_expected: float


class CommunityRow(Answer):
    """One community. ``leaders`` are its public accounts that are listened to most."""

    community: str
    name: str | None
    people: int
    share: float
    over_indexed: list[FacetValue] = Field(default_factory=list)
    leaders: list[str] = Field(default_factory=list)
    close_to: list[Neighbour] = Field(default_factory=list)


class CommunitiesAnswer(Answer):
    """The communities, largest first; ``hidden`` counts those too small to show. ``bridges`` are shown to planners."""

    people: int | None
    communities: list[CommunityRow]
    hidden: int
    bridges: list[Bridge] = Field(default_factory=list)
    k: int


class ChartCategory(Answer):
    """A colour of a chart."""

    name: str


class ChartNode(Answer):
    """A dot of a chart; ``symbolSize`` is its diameter in pixels, ``category`` the place of its colour."""

    id: str
    name: str
    value: float
    symbolSize: float
    category: int


class ChartLink(Answer):
    """A line of a chart."""

    source: str
    target: str
    value: float


class NetworkChart(Answer):
    """What an ECharts series of type ``graph`` takes: categories, nodes, links."""

    hidden: bool = False
    reason: str = ""
    categories: list[ChartCategory] = Field(default_factory=list)
    nodes: list[ChartNode] = Field(default_factory=list)
    links: list[ChartLink] = Field(default_factory=list)


class NetworkExport(Answer):
    """What was written where."""

    path: str
    nodes_path: str | None
    accounts: int
    edges: int

"""What a search answers: members with their evidence, facets, and the query as it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer
from audience.lookalike.answers import SeedReport
from audience.query.model import AudienceQuery


class Evidence(Answer):
    """Why a person is in an audience: a searchable post, or an edge to a tracked account, made by a post or not.

    ``why`` is the condition that it is for, empty where the query asks for none. ``excerpt`` is redacted text,
    shortened; ``marks`` are (start, end) of what the condition matched in it, ``html`` the same text escaped, with the
    matches in ``<mark>``.
    """

    why: str
    kind: Literal["post", "edge"]
    about: str = Field(description="the interest, word, brand …")
    relation: str | None = Field(default=None, description="follow, mention, reply or repost, of an edge")
    post_id: str | None = None
    at: datetime | None = None
    excerpt: str = ""
    marks: list[tuple[int, int]] = Field(default_factory=list)
    html: str = ""


class Fact(Answer):
    """Something declared of a person, never guessed; ``origin`` is the person's own page or the user's touchpoints."""

    field: str
    value: str
    origin: Literal["declared", "touchpoints"]


class MemberTag(Answer):
    """An interest with its level, 1 to 10."""

    tag: str
    level: int


class Member(Answer):
    """One person of an audience, by pseudonym; ``why`` are the query's conditions that this person meets."""

    person_id: str
    account_id: str
    accounts: list[str] = Field(default_factory=list)
    name: str | None = Field(
        default=None, description="only for public accounts: brands, media, organisations"
    )
    sources: list[str] = Field(default_factory=list)
    regions: list[str] = Field(default_factory=list)
    activity: str | None = Field(default=None, description="their posting: new, active, quiet, gone")
    customer: str | None = Field(default=None, description="their buying: potential, current, dormant, lost")
    facts: list[Fact] = Field(default_factory=list)
    influence: int | None = Field(default=None, description="percentile, 0 to 100")
    followers: int | None = None
    last_active_at: datetime | None = None
    tags: list[MemberTag] = Field(default_factory=list)
    similarity: float | None = Field(
        default=None,
        description="in the order lookalike: cosine with the seeds, -1 to 1; null: nothing to compare",
    )
    why: list[str] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)


class FacetValue(Answer):
    """One value of a facet: how many of the audience have it, and how that compares with everybody.

    ``share`` is of the audience; ``tgi`` is 100 * share / baseline share; ``low`` and ``high`` bound the TGI (95 %).
    ``declared`` and ``touchpoints`` are of how many of them it is known from their own page, and from the user's
    touchpoints alone: null but for declared facts, and where either is somebody but fewer than k people.
    """

    value: str
    label: str
    count: int
    share: float
    share_low: float
    share_high: float
    baseline_share: float
    tgi: float
    low: float
    high: float
    declared: int | None = None
    touchpoints: int | None = None


class Facet(Answer):
    """The values of one field, most frequent first; ``suppressed``: how many others there are in the index, whether few of the
    audience have them, nearly all, or nobody."""

    field: str
    label: str
    values: list[FacetValue] = Field(default_factory=list)
    suppressed: int = 0


class AskedLike(Answer):
    """Whom the order ``lookalike`` goes by: the people of a query, or the seeds of a list."""

    query: str = Field(default="", description="empty for a list")
    seeds: SeedReport | None = Field(default=None, description="what became of the rows of a list")
    people: int = Field(default=0, description="those of them who have a profile to be like, rounded")


class SearchAnswer(Answer):
    """An audience: its size, who is in it, what else they care about. ``hidden``: too few people to say anything."""

    query: str = Field(description="the query in its canonical text form")
    reading: str = Field(description="the query in plain Chinese")
    hidden: bool
    reason: str = Field(default="", description="why it is hidden")
    total: int | None = Field(description="people, rounded; null where hidden")
    baseline: int | None = Field(default=None, description="people that TGI compares with, rounded")
    baseline_query: str = Field(default="", description="who they are; empty: everybody")
    k: int
    round_to: int
    as_of: datetime | None = None
    order: str = Field(default="relevance", description="the order of the members")
    like: AskedLike | None = Field(default=None, description="whom the order lookalike goes by")
    members: list[Member] = Field(default_factory=list)
    cursor: str | None = Field(default=None, description="ask for the next page with it")
    facets: list[Facet] = Field(default_factory=list)
    over_indexed: list[FacetValue] = Field(
        default_factory=list, description="words that set them apart, by TGI"
    )
    warnings: list[str] = Field(default_factory=list)


class QueryAnswer(Answer):
    """One query in all its forms; ``text``, ``query`` and ``reading`` say the same."""

    text: str = Field(description="canonical text form")
    query: AudienceQuery = Field(description="the same as a nested model")
    reading: str = Field(description="the same in plain Chinese")
    resolved: str = Field(description="the text with names turned to ids and saved segments written out")
    warnings: list[str] = Field(default_factory=list)


class ExportReport(Answer):
    """What was written where."""

    query: str
    path: str
    rows: int

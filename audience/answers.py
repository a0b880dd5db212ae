"""What audience answers look like: pydantic models that the API returns and the command line renders.

Every number here has passed :mod:`privacy.disclosure`: counts of people are rounded, and shares, TGI and intervals are
computed from the rounded counts, so that they give nothing more away.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from audience.query.model import AudienceQuery


class Answer(BaseModel):
    """Base of all answers: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    why: list[str] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)


class FacetValue(Answer):
    """One value of a facet: how many of the audience have it, and how that compares with everybody.

    ``share`` is of the audience; ``tgi`` is 100 * share / baseline share; ``low`` and ``high`` bound the TGI (95 %).
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


class Facet(Answer):
    """The values of one field, most frequent first; ``suppressed`` values are too small to be shown."""

    field: str
    label: str
    values: list[FacetValue] = Field(default_factory=list)
    suppressed: int = 0


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


class SeedProblem(Answer):
    """A row of a seed list that is no seed: its number in the list (the first row below the header is 1), and why."""

    row: int
    reason: Literal["unknown", "ambiguous", "opted_out", "duplicate", "malformed"]
    written: str = Field(description="what the row said, shortened; empty for people who opted out")


class SeedReport(Answer):
    """What became of a list of seeds: rows read, then each row in exactly one of the other counts."""

    rows: int
    resolved: int
    unknown: int = 0
    ambiguous: int = 0
    opted_out: int = 0
    duplicates: int = 0
    malformed: int = 0
    unprofiled: int = Field(
        default=0, description="of the resolved: known, but without a profile (no posts mined)"
    )
    problems: list[SeedProblem] = Field(
        default_factory=list, description="the first rows that are no seeds; the counts are of all"
    )


class Reason(Answer):
    """A feature that speaks for a candidate; ``weight`` is its part of the score, 0 to 1."""

    group: str
    name: str
    label: str
    weight: float


class Candidate(Answer):
    """One lookalike, by pseudonym; ``similarity`` is 0 to 1: the chance of a seed, were seeds as common as others."""

    rank: int
    person_id: str
    account_id: str
    similarity: float
    kind: int | None = Field(default=None, description="of the kinds of seeds, the one that it is most like")
    reasons: list[Reason] = Field(default_factory=list)


class SeedKind(Answer):
    """One kind among the seeds, found by k-means: how many they are, and what sets them apart."""

    kind: int
    seeds: int | None
    listed: int | None = Field(description="candidates that are listed for it, rounded")
    traits: list[Reason] = Field(default_factory=list)


class CurvePoint(Answer):
    """Reach against similarity: taking the ``reach`` best, the last one taken has ``similarity``.

    ``found`` is the share of hidden seeds that are as similar as that or more, and ``lift`` that against chance.
    """

    reach: int
    similarity: float
    found: float | None = None
    lift: float | None = None


class Holdout(Answer):
    """The built-in test: part of the seeds is hidden and looked for again. Intervals are of 95 %."""

    method: str
    hidden_seeds: int = Field(description="seeds that were hidden, over all rounds, and looked for again")
    auc: float = Field(
        description="chance that a hidden seed comes before somebody who is not like the seeds"
    )
    auc_low: float
    auc_high: float
    plain_auc: float | None = Field(
        default=None, description="the same against everybody else, those like the seeds among them"
    )
    alike: float | None = Field(
        default=None,
        description="share of everybody else who are like the seeds, as far as the test can tell",
    )
    precision: float = Field(
        description="share of hidden seeds among the first n, n = seeds hidden at a time"
    )
    precision_low: float | None = None
    precision_high: float | None = None
    recall_at: int
    recall: float
    recall_low: float | None = None
    recall_high: float | None = None
    lift: float
    lift_low: float
    lift_high: float
    by_method: dict[str, float] = Field(
        default_factory=dict, description="plain AUC of every method that was tried"
    )


class LookalikeAnswer(Answer):
    """People most like the seeds, why, and how far down the list still pays."""

    hidden: bool
    reason: str = ""
    seeds: SeedReport
    size: int = Field(description="candidates asked for")
    total: int | None = Field(description="candidates found, rounded; null where hidden")
    k: int
    candidates: list[Candidate] = Field(default_factory=list)
    traits: list[Reason] = Field(
        default_factory=list, description="what the seeds have in common, strongest first"
    )
    kinds: list[SeedKind] = Field(
        default_factory=list, description="where diversity was asked for: the kinds of seeds"
    )
    curve: list[CurvePoint] = Field(default_factory=list)
    holdout: Holdout | None = None
    ignore: list[str] = Field(default_factory=list, description="features that were left out")
    where: str = Field(default="", description="the query that candidates meet")
    without: str = Field(default="", description="the query that no candidate meets")
    warnings: list[str] = Field(default_factory=list)


class BrandSize(Answer):
    """How many people were seen to follow a brand; null where too few."""

    brand: str
    role: str
    followers: int | None


class BrandPair(Answer):
    """How far two brands share followers; ``low`` and ``high`` bound the Jaccard index (95 %)."""

    a: str
    b: str
    both: int | None
    jaccard: float | None
    low: float | None
    high: float | None
    hidden: bool = False


class Intersection(Answer):
    """People who follow exactly these of the brands asked about, and none of the others."""

    brands: list[str]
    people: int | None


class GroupInterests(Answer):
    """What one part of two brands' followers cares about more than everybody."""

    group: str
    people: int | None
    over_indexed: list[FacetValue] = Field(default_factory=list)


class BrandChurn(Answer):
    """Who left a brand between two readings of its follower list, and how many of them then began to follow another.

    ``left_share`` is corrected for followers that can't be seen, with its 95 % interval; numbers under k are null.
    """

    brand: str
    start: date
    end: date
    before: int | None
    left: int | None
    came: int | None
    left_share: float | None
    low: float | None
    high: float | None
    went_to: dict[str, int] = Field(default_factory=dict)


class Conquest(Answer):
    """People who follow a competitor and not us and were active lately: the query that finds them, and how many."""

    brand: str
    query: str
    people: int | None


class OverlapAnswer(Answer):
    """How brands share followers. ``unseen``: share of their followers that can't be seen."""

    brands: list[BrandSize]
    pairs: list[BrandPair] = Field(default_factory=list)
    intersections: list[Intersection] = Field(default_factory=list)
    groups: list[GroupInterests] = Field(default_factory=list)
    churn: list[BrandChurn] = Field(default_factory=list)
    conquest: list[Conquest] = Field(default_factory=list)
    unseen: float | None = None
    k: int
    warnings: list[str] = Field(default_factory=list)


class ExportReport(Answer):
    """What was written where."""

    query: str
    path: str
    rows: int

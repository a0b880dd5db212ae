"""What an overlap of brands answers: sizes, intersections, interests, churn, and whom to win over."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from audience.answer import Answer
from audience.search.answers import FacetValue


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

"""What keyword research answers. Counts of people passed :mod:`privacy.disclosure`; shares are of the rounded counts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer

Origin = Literal["core", "suggested", "said together", "place", "brand"]
Mark = Literal["over-broad", "over-qualified"]
Direction = Literal["rising", "falling", "steady", "unknown"]


class Share(Answer):
    """A share with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float


class Change(Answer):
    """How a measure moved: ``factor`` from the four weeks before to the last four (searches: a week); a direction only where it is certain."""

    direction: Direction
    factor: float | None = None
    low: float | None = Field(default=None, description="95 % interval of the factor, for what people say")
    high: float | None = None


class Keyword(Answer):
    """One extension word. Null numbers were not measured, or are of fewer than k people."""

    term: str
    core: str = Field(description="the core word that it extends")
    origin: Origin
    depth: int = Field(description="steps from the core word")
    parent: str = Field(description="what led to it")
    people: int | None = Field(default=None, description="who wrote it, rounded")
    posts: int | None = Field(default=None, description="posts that hold all of its words, rounded")
    said: Change = Field(description="by people who wrote it, against all who wrote")
    volume: float | None = Field(default=None, description="searches a day of late, in the source's own unit")
    searched: Change = Field(description="by the daily searches of the last weeks (Mann-Kendall)")
    specificity: Share | None = Field(default=None, description="of its posts, those about the core word")
    intent: Share | None = Field(default=None, description="of its posts, those that show a purchase intent")
    mark: Mark | None = None
    why: str = Field(default="", description="why it is marked, in words")


class KeywordAnswer(Answer):
    """The core words, then their extension words, most said first, marked ones last."""

    cores: list[str]
    depth: int
    since: datetime | None = None
    until: datetime | None = None
    k: int
    round_to: int
    keywords: list[Keyword] = Field(default_factory=list)
    sensitive: int = Field(default=0, description="left out since they name a sensitive matter")
    warnings: list[str] = Field(default_factory=list)

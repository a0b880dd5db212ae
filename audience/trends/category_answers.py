"""What answers about the categories of hot lists look like."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from audience.answer import Answer


class CategoryShare(Answer):
    """A category on hot lists: its topics, and how many of them it was given by the source or filled in."""

    category: str
    topics: int
    share: float = Field(description="of all topics of known category")
    given: int = Field(description="by the source itself")
    filled: int = Field(description="learned from topics that have a category")


class CategoryTopic(Answer):
    """A topic of the category asked for."""

    term: str
    source: str
    first_seen: datetime = Field(description="its first hour in the window")
    highest: float | None = Field(default=None, description="heat, in the source's own unit")
    probability: float | None = Field(
        default=None, description="that the source would say so; null where it did"
    )


class CategoryCheck(Answer):
    """How categories of one list were learned, and what a model got right on later topics that it had not seen."""

    source: str
    learned_until: datetime
    topics: int
    categories: int
    checked_since: datetime
    checked_topics: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    usual: float = Field(description="what always naming the most frequent category gets right")


class CategoriesAnswer(Answer):
    """What hot lists were about, the most frequent category first."""

    since: datetime
    until: datetime
    categories: list[CategoryShare] = Field(default_factory=list)
    topics: list[CategoryTopic] = Field(
        default_factory=list, description="of the category asked for, the hottest first"
    )
    unknown: int = Field(description="topics without a category")
    models: list[CategoryCheck] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)

"""What recommendations look like; every count in them has passed :mod:`privacy.disclosure`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audience.answer import Answer
from audience.search.answers import FacetValue


class AdvisedAccount(Answer):
    """A public account by which the audience is reached, in the order in which to choose them.

    ``people`` of the audience follow or engage with it, ``more`` of them with none before it in the list; each null
    where it is fewer than k, or all but fewer than k. ``users``,
    ``items`` and ``content`` are the parts of the score, each 0 to 1 against the best account: what the people nearest to
    the audience follow, what goes together with what the audience follows, and how alike are what it and they are
    interested in. A part without evidence is null.
    """

    account_id: str
    name: str
    people: int | None
    more: int | None
    tgi: float | None = Field(description="100 * share of the audience / share of everybody")
    score: float
    users: float | None
    items: float | None
    content: float | None
    popularity: float = Field(description="share of everybody who follow or engage with it, 0 to 1, rounded")


class AvoidedWord(Answer):
    """A word not to use: they say it clearly less than everybody, or it is what they complain with."""

    word: str
    why: Literal["seldom said", "said in complaints"]
    people: int | None
    tgi: float | None = Field(
        description="against everybody, or their complaints against the rest of their posts"
    )


class Hour(Answer):
    """An hour of the day, Asia/Shanghai, in which people of the audience are most active."""

    hour: str
    people: int
    share: float
    tgi: float


class RecommendAnswer(Answer):
    """What an audience talks about, which accounts reach it, when, and with which words."""

    query: str
    reading: str
    hidden: bool
    reason: str = ""
    total: int | None
    listable: int | None = Field(default=None, description="of them, who may be listed")
    k: int
    talk: list[FacetValue] = Field(default_factory=list, description="interests and topics above average")
    accounts: list[AdvisedAccount] = Field(default_factory=list)
    covered: int | None = Field(
        default=None, description="people, of those who may be listed, whom the accounts reach together"
    )
    hours: list[Hour] = Field(default_factory=list)
    use: list[FacetValue] = Field(default_factory=list, description="words that set them apart")
    avoid: list[AvoidedWord] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class BriefMatch(Answer):
    """Something of the brief that is known: what it is, and the words that said so."""

    field: Literal["tag", "parent", "follows", "region"]
    value: str
    words: list[str]
    weight: float = Field(description="share of the brief's recognised words")


class SuggestedAudience(Answer):
    """A query for the brief, how many people it finds, and why it is suggested."""

    query: str
    reading: str
    why: str
    hidden: bool
    total: int | None
    notes: list[str] = Field(default_factory=list, description="in what the people counted differ from these")


class BriefAnswer(Answer):
    """From a brief to audiences: the first suggestion is the best fit, the others are wider or come another way."""

    matches: list[BriefMatch] = Field(default_factory=list)
    suggestions: list[SuggestedAudience] = Field(default_factory=list)
    use: list[FacetValue] = Field(default_factory=list, description="words that set the first audience apart")
    unknown: list[str] = Field(
        default_factory=list, description="words of the brief that nothing is known of"
    )
    k: int
    warnings: list[str] = Field(default_factory=list)

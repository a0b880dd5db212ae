"""What is told of interest tags: which there are, which words tell each, and how often a tag is right."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer


class TagInfo(Answer):
    """One tag of the taxonomy; null numbers are of fewer than k people, or not mined yet."""

    tag: str
    parent: str
    own: bool = Field(description="added by the team")
    words: list[str] = Field(description="the words that it starts with")
    examples: int = Field(
        default=0, description="posts that the words were drawn from, 0 where people chose them"
    )
    people: int | None = Field(default=None, description="people with the tag")


class TagWord(Answer):
    """A word that tells a tag, with why. Counts of fewer than k people are null."""

    word: str
    origin: Literal["seed", "grown"]
    pmi: float | None = Field(
        description="mutual information of word and tag in bits; null where it never occurred"
    )
    z: float | None = Field(description="how sure: log-odds over their standard error")
    posts: int | None = Field(description="posts on the tag with the word")
    vetoed: bool = Field(description="struck out; takes effect with the next renqun mine")
    reason: str


class TagWords(Answer):
    """The words of one tag, surest first."""

    tag: str
    parent: str
    words: list[TagWord]
    waiting: bool = Field(description="own tags or vetoes changed since the last renqun mine")


class SamplePost(Answer):
    """One post that got the tag, redacted, to be judged."""

    post_id: str
    at: datetime
    probability: float
    excerpt: str


class TagSample(Answer):
    """Posts drawn from those with the tag, for people to judge. Hidden where fewer than k people wrote them."""

    tag: str
    hidden: bool
    reason: str = ""
    tagged: int | None = Field(default=None, description="posts with the tag that may be shown")
    expected: float | None = Field(
        default=None, description="mean probability of the sample: what the model believes"
    )
    posts: list[SamplePost] = Field(default=[])


class TagPrecision(Answer):
    """How many of the judged posts are right, with the 95 % interval (Wilson)."""

    tag: str
    judged: int
    right: int
    precision: float
    low: float
    high: float


class SortedClass(Answer):
    """One class of posts; numbers are null where fewer than k people wrote its posts."""

    name: str
    hidden: bool
    posts: int | None = None
    share: float | None = Field(default=None, description="of all posts that were looked at")
    low: float | None = Field(default=None, description="95 % interval of the share (Wilson)")
    high: float | None = None


class SortedPosts(Answer):
    """Posts by class, learned from seed words alone."""

    posts: int = Field(description="posts that were looked at")
    left_over: float = Field(description="share of posts that no class has for sure")
    classes: list[SortedClass]

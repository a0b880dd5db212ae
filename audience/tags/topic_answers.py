"""What topics answer. Counts of people passed :mod:`privacy.disclosure`."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from audience.answer import Answer


class TopicPost(Answer):
    """A searchable post that stands for a topic; ``excerpt`` is redacted text, shortened. Nothing says who wrote it."""

    at: datetime | None = None
    excerpt: str


class TopicRow(Answer):
    """One topic: its name of its most specific words, how many people and posts are about it, and how good it is."""

    topic: str
    name: str
    words: list[str]
    people: int
    posts: int
    share: float = Field(description="of all posts that have a topic")
    npmi: float = Field(description="coherence of the words, -1 to 1")
    stability: float | None = Field(
        default=None, description="how far fits with other seeds find the same words, 0 to 1"
    )
    examples: list[TopicPost] = Field(
        default_factory=list, description="posts that stand for it, for planners"
    )


class TopicsAnswer(Answer):
    """The topics of the lake, largest first. ``hidden`` topics are of fewer than k people."""

    topics: list[TopicRow] = Field(default_factory=list)
    found: int = Field(description="topics that were fitted")
    hidden: int = Field(description="topics of fewer than k people, not shown")
    npmi: float | None = Field(default=None, description="mean coherence, -1 to 1")
    diversity: float | None = Field(
        default=None, description="share of distinct words among the topics' words"
    )
    stability: float | None = Field(default=None, description="mean agreement over three seeds, 0 to 1")
    assigned: float | None = Field(default=None, description="share of posts that have a topic")
    k: int
    round_to: int
    warnings: list[str] = Field(default_factory=list)

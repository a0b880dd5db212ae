"""What early warning answers look like."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from audience.answer import Answer


class EarlyTopic(Answer):
    """A topic in the hour in which it was first listed, and how likely it is to become big."""

    term: str
    source: str
    first_seen: datetime
    rank: int
    heat: float = Field(description="in that hour, in the source's own unit")
    probability: float = Field(description="of reaching the heat that counts as big")
    times_usual: float = Field(description="the probability against that of all new topics")
    highest_since: float | None = Field(
        default=None, description="the highest heat seen by now; it plays no part in the probability"
    )
    similar: str | None = Field(
        default=None, description="the most similar title first seen in the three days before"
    )


class CalibrationBin(Answer):
    """Topics of like probability in the check: the mean told, and the share that became big with its 95 % interval."""

    topics: int
    told: float
    became: float
    low: float
    high: float


class EarlyModel(Answer):
    """The model of one source, and how it judged topics of the past that it had not learned from."""

    source: str
    big: float = Field(description="the heat from which on a topic counts as big")
    learned_until: datetime
    topics: int
    became_big: int
    checked_since: datetime
    checked_topics: int
    auc: float
    auc_low: float
    auc_high: float
    calibration: list[CalibrationBin] = Field(default_factory=list)


class EarlyAnswer(Answer):
    """New topics on hot lists, the likeliest to become big first."""

    since: datetime
    until: datetime
    topics: list[EarlyTopic] = Field(default_factory=list)
    new_topics: int = Field(description="all that were first seen in this time")
    models: list[EarlyModel] = Field(default_factory=list)
    coverage: dict[str, float] = Field(
        default_factory=dict, description="source: share of the hours collected"
    )
    warnings: list[str] = Field(default_factory=list)

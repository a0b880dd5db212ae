"""What answers about segments look like."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from audience.answer import Answer


class SegmentVersion(Answer):
    """One snapshot. Numbers of people are rounded; None is hidden, being under k."""

    version: int
    at: datetime
    as_of: datetime
    query: str
    total: int | None
    joined: int | None = Field(description="since the version before; null where fewer than k, or nobody")
    left: int | None


class SegmentAlert(Answer):
    """Whom to tell when the size changes by ``threshold`` (0.2 is 20 %) or more since it last was told."""

    target: str = Field(description="https://… or mailto:…")
    threshold: float
    base: int | None
    sent_at: datetime | None = None
    error: str = Field(default="", description="why the last message could not be sent; it is tried again")


class SegmentAnswer(Answer):
    """A saved segment: its query, what it means, how it stands, and its versions, newest first."""

    name: str
    owner: str
    note: str
    frozen: bool
    query: str
    reading: str = Field(default="", description="the query in plain Chinese")
    status: Literal["new", "computing", "ready", "failed"]
    message: str = ""
    created_at: datetime
    total: int | None = None
    versions: list[SegmentVersion] = Field(default_factory=list)
    alerts: list[SegmentAlert] = Field(default_factory=list)
    used_by: list[str] = Field(default_factory=list, description="segments whose query names this one")


class ChangedMember(Answer):
    """Somebody who joined or left, and the conditions that decided it."""

    person_id: str
    why: list[str] = Field(default_factory=list)


class SegmentChanges(Answer):
    """Who joined and who left between two versions of a segment."""

    name: str
    since: int
    until: int
    hidden: bool
    reason: str = ""
    joined: int | None
    left: int | None
    who_joined: list[ChangedMember] = Field(default_factory=list)
    who_left: list[ChangedMember] = Field(default_factory=list)
    unnamed: int = Field(
        default=0,
        description="of all these, people who may not be listed, or of whom nothing is known any more",
    )


class SegmentPair(Answer):
    """Two segments side by side: how many are in both, and how alike they are (Jaccard)."""

    first: str
    second: str
    both: int | None
    jaccard: float | None
    share_of_first: float | None
    share_of_second: float | None


class SegmentOverlap(Answer):
    """Sizes of segments and what each two share; None is hidden."""

    sizes: dict[str, int | None]
    pairs: list[SegmentPair]

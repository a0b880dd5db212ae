"""Answers about what people are worth and who is ready to buy. Counts of people are rounded; groups under k are hidden."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from audience.answer import Answer


class Share(Answer):
    """A share, 0 to 1, with its 95 % interval and what it is a share of (rounded)."""

    value: float
    low: float
    high: float
    of: int


class Standing(Answer):
    """How many people stand where as customers."""

    customer: str = Field(description="current, dormant, lost, potential, or unknown")
    people: int | None = Field(description="rounded; null for fewer than k")


class Tier(Answer):
    """Buyers of one RFM tier and what they bring; hidden where they are fewer than k."""

    tier: str = Field(description="high, middle or low")
    people: int | None
    amount_each: float | None = Field(
        default=None, description="paid a person in the last 365 days, less refunds"
    )
    amount_share: float | None = Field(default=None, description="of what all tiers paid")
    expected_each: float | None = Field(
        default=None, description="potential: chance of an order within the horizon times what one brings"
    )
    orders_each: float | None = None


class Bin(Answer):
    """People of like chances of buying, and how many of them did."""

    people: int = Field(description="rounded")
    predicted: float
    observed: float
    low: float
    high: float


class Calibration(Answer):
    """How far the chances of buying were right: learned up to ``cut``, held against who bought in the days after it."""

    cut: datetime
    horizon_days: int
    method: str
    people: int
    ece: float = Field(description="expected calibration error, 0 to 1")
    ece_low: float
    ece_high: float
    auc: float
    bins: list[Bin]


class Worth(Answer):
    """What one person is worth, by pseudonym; null where nothing is known."""

    person_id: str
    customer: str | None
    customer_from: str | None = Field(description="touchpoints, or declared: by their own word")
    value: str | None
    recency: int | None = Field(description="1 to 5, 5 the latest fifth; so for frequency and monetary")
    frequency: int | None
    monetary: int | None
    orders: int
    existing: float | None = Field(description="paid in the last 365 days, less refunds")
    potential: float | None = Field(
        description="chance of an order within the horizon, times what one brings"
    )
    propensity: float | None
    influence: int = Field(description="collected followers who are no customers: who hears a recommendation")
    recommends: int
    own_share: float | None = Field(description="our brands' share of the tracked brands they speak of")


class ValueAnswer(Answer):
    """What an audience is worth: states, tiers, loyalty, and the calibration of the chances of buying."""

    query: str
    hidden: bool
    reason: str = ""
    people: int | None = Field(description="people of whom anything is known, rounded")
    k: int
    states: list[Standing] = Field(default_factory=list)
    tiers: list[Tier] = Field(default_factory=list)
    repeat_rate: Share | None = Field(default=None, description="buyers with two orders or more")
    mention_share: Share | None = Field(
        default=None, description="our brands' share of posts on tracked brands, a year"
    )
    recommends: Share | None = Field(
        default=None, description="people who recommend, of those who speak of us"
    )
    calibration: Calibration | None = None
    members: list[Worth] = Field(default_factory=list, description="role planner; the highest value first")
    warnings: list[str] = Field(default_factory=list)


class Prospect(Answer):
    """One person's readiness, by pseudonym. A part without evidence is null (unknown), never 0."""

    person_id: str
    need: float | None
    means: float | None
    decision: float | None
    score: float | None = Field(description="need x means x decision; null where a part is unknown")
    at_most: float | None = Field(description="the product of the known parts: the score can't be higher")
    because: list[str] = Field(default_factory=list)


class PartKnown(Answer):
    """Of how many people a part is known, and its mean among them."""

    part: str
    people: int | None = Field(description="rounded; null for fewer than k")
    mean: float | None = None


class Band(Answer):
    """People whose score lies in a band."""

    low: float
    high: float
    people: int | None


class TargetAnswer(Answer):
    """Who of an audience needs it, can pay for it and decides."""

    query: str
    interests: list[str] = Field(description="what the need is a need of")
    hidden: bool
    reason: str = ""
    people: int | None
    k: int
    parts: list[PartKnown] = Field(default_factory=list)
    bands: list[Band] = Field(default_factory=list, description="people of whom all three parts are known")
    prospects: list[Prospect] = Field(
        default_factory=list, description="role planner; the highest score first"
    )
    warnings: list[str] = Field(default_factory=list)

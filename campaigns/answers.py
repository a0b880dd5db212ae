"""What questions about campaigns are answered with: pydantic models that the API returns and the command line renders."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from audience.answer import Answer

PAST = "entered afterwards: the split was drawn after the start, so that it decided nobody's contact"
STRATA = ("region", "source", "activity", "customer", "value", "level", "influence")


class Interval(Answer):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Plan(Answer):
    """How many people a test takes, or what so many people show."""

    baseline: float = Field(description="rate of the control that is expected, 0 to 1")
    power: float
    alpha: float
    control_share: float
    difference: float | None = Field(
        default=None, description="smallest rise of the rate that is shown; null where none is"
    )
    relative: float | None = Field(default=None, description="the same as a share of the baseline")
    test: int | None = Field(default=None, description="people")
    control: int | None = None
    total: int | None = None
    available: int | None = Field(
        default=None, description="people of the audience who may be listed, rounded"
    )
    not_listable: int | None = Field(
        default=None, description="people of it who may not be listed, rounded; null for fewer than k"
    )
    enough: bool | None = Field(
        default=None, description="whether they show the lift that was asked for; null where none was"
    )


class Settings(Answer):
    """How a campaign is made."""

    control_share: float = Field(default=0.5, ge=0.01, le=0.99)
    holdout_share: float = Field(
        default=0.0, ge=0, le=0.5, description="of everybody: left alone by every campaign"
    )
    strata: tuple[str, ...] = Field(default=("region", "value"), description=f"any of {', '.join(STRATA)}")
    max_contacts: int = Field(default=3, ge=1, le=100, description="contacts in per_days, this one included")
    per_days: int = Field(default=30, ge=1, le=365)
    cool_down_days: int = Field(default=7, ge=0, le=365, description="days since the last contact")
    window_days: int = Field(default=30, ge=1, le=365, description="outcomes count from start for so long")
    size: int | None = Field(default=None, ge=1, description="only so many, the best by score")
    contact_cost: float | None = Field(default=None, ge=0, description="what a contact costs")
    baseline: float | None = Field(
        default=None, gt=0, lt=1, description="rate of those left alone that was planned with"
    )


class ArmAnswer(Answer):
    """One arm: how many people, and what came of them."""

    arm: str
    people: int
    reached: int | None = Field(default=None, description="contacted, as outcomes say; null where none says")
    converted: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    amount: float | None = Field(default=None, description="paid, less refunds; null where no row says")


class CampaignAnswer(Answer):
    """A campaign as it was made: who is in it, and who was left out and why."""

    name: str
    audience: str
    created_at: datetime
    starts: datetime
    ends: datetime
    past: bool = Field(description=PAST)
    settings: Settings
    found: int = Field(description="people of the audience, rounded")
    left_out: dict[str, int | None] = Field(description="reason to people, rounded; null for fewer than k")
    arms: list[ArmAnswer]
    strata: int
    detectable: float | None = Field(
        description="smallest rise over the settings' baseline, or over 5 % without one, that this split shows"
    )


class OutcomeReport(Answer):
    """What became of a file of outcomes: every row in exactly one of counted, contacts, objections and refused."""

    campaign: str
    rows: int
    counted: int = Field(description="conversions and refunds of people of the campaign, in its window")
    contacts: int = 0
    control_contacts: int = Field(default=0, description="of them, people of the control arm: by mistake")
    refused: dict[str, int] = Field(default_factory=dict, description="reason to rows, kept: renqun rejects")
    objections: int = Field(default=0, description="complaints, unsubscribes and blocks")
    suppressed: int = Field(default=0, description="people who are suppressed by them from now on")


class Slice(Answer):
    """The lift in one part of the campaign; hidden where an arm has fewer than k people."""

    label: str
    hidden: bool = False
    test: int | None = None
    control: int | None = None
    lift: Interval | None = None


class Curve(Answer):
    """An order of people judged by the qini curve: incremental conversions at each tenth of the list."""

    order: str
    gains: list[float]
    coefficient: Interval = Field(
        description="area over a random order, a person of the test arm; 0 is chance"
    )


class ScaleUp(Answer):
    """What the same contact would bring among so many people, by the small test's interval."""

    people: int
    incremental: Interval = Field(description="conversions that would not have come anyway")
    amount: Interval | None = Field(default=None, description="in the user's currency")
    cost: float | None = None
    assumes: str = "people like those tested, contacted alike"


class CampaignReport(Answer):
    """What a campaign brought beyond what would have come anyway."""

    name: str
    audience: str
    starts: datetime
    ends: datetime
    running: bool = Field(description="the window has not ended: what is told may change")
    past: bool = Field(description=PAST)
    arms: list[ArmAnswer]
    verdict: str
    lift: Interval | None = Field(default=None, description="difference of rates as assigned")
    relative: Interval | None = Field(default=None, description="as a share of the control's rate")
    among_reached: Interval | None = Field(
        default=None, description="the lift where part of an arm was not contacted as assigned"
    )
    amount_each: Interval | None = Field(default=None, description="difference of what a person paid")
    incremental: Interval | None = Field(
        default=None, description="conversions in the test arm beyond chance"
    )
    cost: float | None = None
    cost_each: Interval | None = Field(
        default=None, description="cost of one incremental conversion; null where the lift may be 0"
    )
    by_score: list[Slice] = Field(
        default_factory=list,
        description="tenths, the best first; larger parts where tenths are too few people",
    )
    by_facet: dict[str, list[Slice]] = Field(default_factory=dict)
    curves: list[Curve] = Field(default_factory=list)
    scale_up: ScaleUp | None = None
    refused: dict[str, int] = Field(default_factory=dict, description="outcome rows not counted, by reason")
    warnings: list[str] = Field(default_factory=list)


class Suppressed(Answer):
    """How many people may not be contacted, by reason; null for fewer than k."""

    reasons: dict[str, int | None]
    total: int | None
    k: int


class SuppressReport(Answer):
    """What became of a list that was added to the suppressed."""

    rows: int
    added: int
    already: int
    unknown: int = Field(description="named nobody that is known")


class ActivationReport(Answer):
    """What a file of names holds; the names are in the file alone."""

    audience: str
    purpose: str
    path: str
    people: int
    rows: int
    left_out: dict[str, int | None] = Field(description="reason to people, rounded; null for fewer than k")

"""Single conditions on a person, as pydantic models: what may be asked for, and with which values."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lake.counted import COUNT_DAYS, COUNT_STEPS
from privacy.free_text import unreadable

MAX_VALUE = 200
MAX_LEVEL = 10


def _readable(value: str) -> str:
    """Refuse characters that no post holds: the index separates words and posts by some of them."""
    if char := unreadable(value):
        raise ValueError(f"holds the character {char}, which no text has")
    return value


Value = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_VALUE, pattern=r"\S"),
    AfterValidator(_readable),
]
NamedField = Literal[
    "topic",
    "follows",
    "engaged",
    "region",
    "source",
    "community",
    "benefit",
    "style",
    "education",
    "occupation",
]
ActivityClass = Literal["new", "active", "quiet", "gone"]
IntentClass = Literal["asks", "compares", "owns", "complains", "recommends"]
AccountKind = Literal["person", "organisation", "media", "brand", "bot"]
CustomerClass = Literal["potential", "current", "dormant", "lost"]
ValueTier = Literal["high", "middle", "low"]
GenderClass = Literal["f", "m"]
AgeBand = Literal["18-24", "25-34", "35-44", "45-54", "55+"]
Mood = Literal["+", "-"]


class Model(BaseModel):
    """Base of conditions and groups: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interest(Model):
    """An interest of the second level (``tag``) or any below a top interest (``parent``), with its level, 1 to 10."""

    field: Literal["tag", "parent"]
    value: Value
    min: int = Field(default=1, ge=1, le=MAX_LEVEL)
    max: int = Field(default=MAX_LEVEL, ge=1, le=MAX_LEVEL)

    @model_validator(mode="after")
    def _ordered(self) -> Interest:
        _check_order(self.min, self.max)
        return self


class Words(Model):
    """Words of recent searchable posts: all of them, in any order; as a ``phrase``, next to one another."""

    field: Literal["words"]
    value: Value
    phrase: bool = False


class Posted(Model):
    """At least ``min`` posts about a word, phrase or tag within ``days`` days before the moment of mining."""

    field: Literal["posts"]
    value: Value
    min: int = 1
    days: int = 30

    @model_validator(mode="after")
    def _counted(self) -> Posted:
        near = nearest_count(self.min, self.days)
        if near != (self.min, self.days):
            raise ValueError(
                f"posts are counted {listed(COUNT_STEPS)} times within {listed(COUNT_DAYS)} days; "
                f'the nearest that works is posts("{self.value}")>={near[0]}/{near[1]}d'
            )
        return self


class Named(Model):
    """Something with a name that a profile carries: a topic, a brand followed or engaged with, a region, …"""

    field: NamedField
    value: Value


class Brand(Model):
    """A tracked brand mentioned in posts; with a ``mood``, where its mentions speak well (+) or badly (-) of it."""

    field: Literal["brand"]
    value: Value
    mood: Mood | None = None


class Segment(Model):
    """Membership of a saved segment, by its name; resolved to the segment's query, or to a frozen snapshot's id."""

    field: Literal["segment"]
    value: Value


class Activity(Model):
    """How much the person has been posting, as mined."""

    field: Literal["activity"]
    value: ActivityClass


class Active(Model):
    """Last seen posting within so many days before the query's ``as_of``."""

    field: Literal["active"]
    days: int = Field(ge=1, le=3650)


class Intent(Model):
    """A purchase intent seen in the last 90 days."""

    field: Literal["intent"]
    value: IntentClass


class Kind(Model):
    """What kind of account it is."""

    field: Literal["kind"]
    value: AccountKind


class Customer(Model):
    """How the person buys from the user, from touchpoints and stated ownership."""

    field: Literal["customer"]
    value: CustomerClass


class Tier(Model):
    """Value tier of a customer, by recency, frequency and amount."""

    field: Literal["value"]
    value: ValueTier


class Gender(Model):
    """Declared gender."""

    field: Literal["gender"]
    value: GenderClass


class Age(Model):
    """Age band of a declared birthday, 18 and older."""

    field: Literal["age"]
    value: AgeBand


class Influence(Model):
    """Influence percentile, 0 to 100."""

    field: Literal["influence"]
    min: int = Field(default=0, ge=0, le=100)
    max: int = Field(default=100, ge=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Influence:
        _check_order(self.min, self.max)
        return self


class Followers(Model):
    """Number of followers; ``max`` null means without bound."""

    field: Literal["followers"]
    min: int = Field(default=0, ge=0, le=10**12)
    max: int | None = Field(default=None, ge=0, le=10**12)

    @model_validator(mode="after")
    def _ordered(self) -> Followers:
        _check_order(self.min, self.max)
        return self


Choice: TypeAlias = Activity | Intent | Kind | Customer | Tier | Gender | Age
Condition: TypeAlias = (
    Interest | Words | Posted | Named | Brand | Segment | Active | Influence | Followers | Choice
)


def fields_of(kind: type[Model]) -> tuple[str, ...]:
    """The values that ``field`` may have in a condition of this kind."""
    return get_args(kind.model_fields["field"].annotation)


def nearest_count(least: int, days: int) -> tuple[int, int]:
    """The indexed count and window nearest to those asked for, the smaller of two that are equally near."""
    return _nearest(COUNT_STEPS, least), _nearest(COUNT_DAYS, days)


def listed(numbers: tuple[int, ...]) -> str:
    """Numbers as a sentence lists them: ``7, 30 or 90``."""
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"


def _nearest(steps: tuple[int, ...], wanted: int) -> int:
    return min(steps, key=lambda step: (abs(step - wanted), step))


def _check_order(low: int, high: int | None) -> None:
    if high is not None and low > high:
        raise ValueError(f"the range is empty: {low} is above {high}")

"""The query model: conditions on a person, nested in all/any/none. Both engines compile it, text and JSON both give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

MAX_DEPTH = 50
MAX_CLAUSES = 1_000
MAX_VALUE = 200
MAX_LEVEL = 10

Value = Annotated[str, StringConstraints(min_length=1, max_length=MAX_VALUE, pattern=r"\S")]
NamedField = Literal["topic", "follows", "engaged", "region", "source", "community"]
ActivityClass = Literal["new", "active", "quiet", "gone"]
IntentClass = Literal["asks", "compares", "owns", "complains", "recommends"]
AccountKind = Literal["person", "organisation", "media", "brand", "bot"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interest(_Model):
    """An interest of the second level (``tag``) or any below a top interest (``parent``), with its level, 1 to 10."""

    field: Literal["tag", "parent"]
    value: Value
    min: int = Field(default=1, ge=1, le=MAX_LEVEL)
    max: int = Field(default=MAX_LEVEL, ge=1, le=MAX_LEVEL)

    @model_validator(mode="after")
    def _ordered(self) -> Interest:
        _check_order(self.min, self.max)
        return self


class Words(_Model):
    """Words of recent searchable posts: all of them, in any order; as a ``phrase``, next to one another."""

    field: Literal["words"]
    value: Value
    phrase: bool = False


class Named(_Model):
    """Something with a name that a profile carries: a topic, a brand followed or engaged with, a region, …"""

    field: NamedField
    value: Value


class Activity(_Model):
    """How much the person has been posting, as mined."""

    field: Literal["activity"]
    value: ActivityClass


class Active(_Model):
    """Last seen posting within so many days before the query's ``as_of``."""

    field: Literal["active"]
    days: int = Field(ge=1, le=3650)


class Intent(_Model):
    """A purchase intent seen in the last 90 days."""

    field: Literal["intent"]
    value: IntentClass


class Kind(_Model):
    """What kind of account it is."""

    field: Literal["kind"]
    value: AccountKind


class Influence(_Model):
    """Influence percentile, 0 to 100."""

    field: Literal["influence"]
    min: int = Field(default=0, ge=0, le=100)
    max: int = Field(default=100, ge=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Influence:
        _check_order(self.min, self.max)
        return self


class Followers(_Model):
    """Number of followers; ``max`` null means without bound."""

    field: Literal["followers"]
    min: int = Field(default=0, ge=0, le=10**12)
    max: int | None = Field(default=None, ge=0, le=10**12)

    @model_validator(mode="after")
    def _ordered(self) -> Followers:
        _check_order(self.min, self.max)
        return self


def _check_order(low: int, high: int | None) -> None:
    if high is not None and low > high:
        raise ValueError(f"the range is empty: {low} is above {high}")


Condition: TypeAlias = Interest | Words | Named | Activity | Active | Intent | Kind | Influence | Followers
_CLASS_OF = {
    "tag": "interest",
    "parent": "interest",
    "words": "words",
    **dict.fromkeys(("topic", "follows", "engaged", "region", "source", "community"), "named"),
    "activity": "activity",
    "active": "active",
    "intent": "intent",
    "kind": "kind",
    "influence": "influence",
    "followers": "followers",
}


def _discriminate(value: Any) -> str | None:
    field = value.get("field") if isinstance(value, dict) else getattr(value, "field", None)
    return "group" if field is None else _CLASS_OF.get(field) if isinstance(field, str) else None


Node: TypeAlias = Annotated[
    Annotated[Interest, Tag("interest")]
    | Annotated[Words, Tag("words")]
    | Annotated[Named, Tag("named")]
    | Annotated[Activity, Tag("activity")]
    | Annotated[Active, Tag("active")]
    | Annotated[Intent, Tag("intent")]
    | Annotated[Kind, Tag("kind")]
    | Annotated[Influence, Tag("influence")]
    | Annotated[Followers, Tag("followers")]
    | Annotated["AudienceQuery", Tag("group")],
    Discriminator(_discriminate),
]


class AudienceQuery(_Model):
    """People who meet every one of ``all``, at least one of ``any`` (if there are any) and none of ``none``.

    Without conditions it means everybody. Nested at most 50 deep, at most 1,000 conditions and groups together.
    """

    all: tuple[Node, ...] = ()
    any: tuple[Node, ...] = ()
    none: tuple[Node, ...] = ()

    @model_validator(mode="after")
    def _within_caps(self) -> AudienceQuery:
        depth, clauses = _measure(self)
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        if clauses > MAX_CLAUSES:
            raise ValueError(f"more than {MAX_CLAUSES:,} conditions")
        return self

    def children(self) -> Iterator[Condition | AudienceQuery]:
        """Every condition and group directly below."""
        yield from self.all
        yield from self.any
        yield from self.none

    def conditions(self) -> Iterator[Condition]:
        """Every condition at any depth, in order."""
        for child in self.children():
            if isinstance(child, AudienceQuery):
                yield from child.conditions()
            else:
                yield child

    def map(self, change: Callable[[Condition], Condition]) -> AudienceQuery:
        """The same query with every condition changed."""

        def walk(nodes: tuple[Condition | AudienceQuery, ...]) -> tuple[Condition | AudienceQuery, ...]:
            return tuple(n.map(change) if isinstance(n, AudienceQuery) else change(n) for n in nodes)

        return AudienceQuery(all=walk(self.all), any=walk(self.any), none=walk(self.none))


AudienceQuery.model_rebuild()


def _measure(query: AudienceQuery) -> tuple[int, int]:
    """Depth (a flat query is 1 deep) and number of conditions and groups below."""
    deepest, clauses = 1, 0
    stack = [(query, 1)]
    while stack:
        group, depth = stack.pop()
        deepest = max(deepest, depth)
        for child in group.children():
            clauses += 1
            if isinstance(child, AudienceQuery):
                stack.append((child, depth + 1))
    return deepest, clauses

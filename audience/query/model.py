"""The query model: conditions on a person, nested in all/any/none. Both engines compile it, text and JSON both give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Tag, model_validator

from audience.query.kinds import (
    MAX_LEVEL,
    Active,
    Activity,
    Age,
    Brand,
    Condition,
    Customer,
    Followers,
    Gender,
    Influence,
    Intent,
    Interest,
    Kind,
    Model,
    Named,
    Posted,
    Segment,
    Tier,
    Words,
    fields_of,
)

__all__ = [
    "MAX_CLAUSES",
    "MAX_DEPTH",
    "MAX_LEVEL",
    "Active",
    "Activity",
    "Age",
    "AudienceQuery",
    "Brand",
    "Condition",
    "Customer",
    "Followers",
    "Gender",
    "Influence",
    "Intent",
    "Interest",
    "Kind",
    "Named",
    "Posted",
    "QueryOrText",
    "Segment",
    "Tier",
    "Words",
]

MAX_DEPTH = 50
MAX_CLAUSES = 1_000

_CLASS_OF = {
    field: kind.__name__
    for kind in (
        Interest,
        Words,
        Posted,
        Named,
        Brand,
        Segment,
        Activity,
        Active,
        Intent,
        Kind,
        Customer,
        Tier,
        Gender,
        Age,
        Influence,
        Followers,
    )
    for field in fields_of(kind)
}

# What pydantic calls the kinds of nodes in the place of an error.
NODE_KINDS = frozenset({"group", *_CLASS_OF.values()})


def _discriminate(value: Any) -> str | None:
    field = value.get("field") if isinstance(value, dict) else getattr(value, "field", None)
    return "group" if field is None else _CLASS_OF.get(field) if isinstance(field, str) else None


Node: TypeAlias = Annotated[
    Annotated[Interest, Tag("Interest")]
    | Annotated[Words, Tag("Words")]
    | Annotated[Posted, Tag("Posted")]
    | Annotated[Named, Tag("Named")]
    | Annotated[Brand, Tag("Brand")]
    | Annotated[Segment, Tag("Segment")]
    | Annotated[Activity, Tag("Activity")]
    | Annotated[Active, Tag("Active")]
    | Annotated[Intent, Tag("Intent")]
    | Annotated[Kind, Tag("Kind")]
    | Annotated[Customer, Tag("Customer")]
    | Annotated[Tier, Tag("Tier")]
    | Annotated[Gender, Tag("Gender")]
    | Annotated[Age, Tag("Age")]
    | Annotated[Influence, Tag("Influence")]
    | Annotated[Followers, Tag("Followers")]
    | Annotated["AudienceQuery", Tag("group")],
    Discriminator(
        _discriminate,
        custom_error_type="unknown_field",
        custom_error_message=f"there is no such field; fields are {', '.join(_CLASS_OF)}",
    ),
]


class AudienceQuery(Model):
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

    def placed(self) -> Iterator[tuple[str, Condition]]:
        """Every condition at any depth, in order, with its path: ``all.1``, ``all.0.any.2``."""
        for part, nodes in (("all", self.all), ("any", self.any), ("none", self.none)):
            for number, node in enumerate(nodes):
                if isinstance(node, AudienceQuery):
                    yield from ((f"{part}.{number}.{rest}", condition) for rest, condition in node.placed())
                else:
                    yield f"{part}.{number}", node

    def map(self, change: Callable[[Condition], Condition | AudienceQuery]) -> AudienceQuery:
        """The same query with every condition changed, to another one or to a group."""

        def walk(nodes: tuple[Condition | AudienceQuery, ...]) -> tuple[Condition | AudienceQuery, ...]:
            return tuple(n.map(change) if isinstance(n, AudienceQuery) else change(n) for n in nodes)

        return AudienceQuery(all=walk(self.all), any=walk(self.any), none=walk(self.none))


AudienceQuery.model_rebuild()

# A query as an API takes it; told apart by hand, so that errors speak of the form that was sent alone.
QueryOrText: TypeAlias = Annotated[
    Annotated[AudienceQuery, Tag("model")] | Annotated[str, Tag("text")],
    Discriminator(lambda value: "text" if isinstance(value, str) else "model"),
]


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

"""What a query asks for, as against what it refuses: the conditions that order and explain its answer."""

from __future__ import annotations

from typing import TypeVar

from audience.query.kinds import Brand, Choice, Condition, Interest, Model, Named, Segment, Words
from audience.query.model import AudienceQuery

C = TypeVar("C", bound=Model)


def positive(query: AudienceQuery) -> list[Condition]:
    """The conditions that speak for a person, each once, in order; a refused refusal speaks for."""
    found: dict[Condition, None] = {}

    def walk(group: AudienceQuery, wanted: bool) -> None:
        for nodes, sign in ((group.all, wanted), (group.any, wanted), (group.none, not wanted)):
            for node in nodes:
                if isinstance(node, AudienceQuery):
                    walk(node, sign)
                elif sign:
                    found.setdefault(node)

    walk(query, True)
    return list(found)


def asked(query: AudienceQuery, kind: type[C]) -> list[C]:
    """Those of one kind."""
    return [node for node in positive(query) if isinstance(node, kind)]


def interests(query: AudienceQuery) -> list[tuple[str, str]]:
    """Field (``tag`` or ``parent``) and value of the interests asked for, each once whatever its levels."""
    return list(dict.fromkeys((node.field, node.value) for node in asked(query, Interest)))


def words(query: AudienceQuery) -> list[Words]:
    """The words and phrases asked for."""
    return asked(query, Words)


def named_segments(query: AudienceQuery) -> list[str]:
    """The saved segments that a query names, asked for or refused."""
    return list(dict.fromkeys(node.value for node in query.conditions() if isinstance(node, Segment)))


def certain(query: AudienceQuery) -> set[tuple[str, str]]:
    """Field and value of what everybody has whom the query finds, whoever they are."""
    found: set[tuple[str, str]] = set()
    for node in query.all:
        if isinstance(node, AudienceQuery):
            found |= certain(node)
        elif isinstance(node, Interest | Named | Brand | Choice):
            found.add((node.field, node.value))
    return found

"""Conditions with names in place of ids, as people write and read them."""

from __future__ import annotations

from collections.abc import Mapping

from audience.query.model import Condition, Named, Segment


def by_name(condition: Condition, names: Mapping[str, Mapping[str, str]]) -> Condition:
    """The condition with the name of its topic or community, or of a frozen segment without its version; itself where it
    has none. ``names``: field to id to name."""
    match condition:
        case Named(field=field, value=value) if name := names.get(field, {}).get(value):
            return condition.model_copy(update={"value": name})
        case Segment(value=value) if "@" in value:
            return condition.model_copy(update={"value": value.partition("@")[0]})
    return condition

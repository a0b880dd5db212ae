"""Conditions with names in place of ids, as people write and read them."""

from __future__ import annotations

from collections.abc import Mapping

from audience.query.model import Condition, Named


def by_name(condition: Condition, names: Mapping[str, Mapping[str, str]]) -> Condition:
    """The condition with the name of its topic or community; itself where it has none. ``names``: field to id to name."""
    if not isinstance(condition, Named):
        return condition
    name = names.get(condition.field, {}).get(condition.value)
    return condition.model_copy(update={"value": name}) if name else condition

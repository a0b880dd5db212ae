"""Features that a list is to leave out: found by how people write them, and advised where one tells nearly all."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from audience.lookalike.answers import Reason
from audience.lookalike.features import Features
from audience.lookalike.reasons import Namer
from audience.tags.interests import taxonomy
from privacy.errors import BadInputError
from privacy.home import Home

_NEAREST = 3
# An interest with the one above it that is so much of the likeness was what the seeds were chosen by.
_NEARLY_ALL = 0.75
_TOLD_APART = 0.9


def left_out(home: Home, features: Features, k: int, ignore: Sequence[str]) -> tuple[str, ...]:
    """The features' own names (``group:name``) of those to leave out, written so or as reasons call them.

    Raises:
        BadInputError: what no k people have, with suggestions: whether fewer have it is not told.
    """
    if not ignore:
        return ()
    written = Namer(home, features, k).written()
    found: dict[str, None] = {}
    for text in ignore:
        columns = written.get(_plain(text))
        if columns is None:
            raise BadInputError(
                f"there is no feature {text!r} that people are compared by", _hint(text, written)
            )
        found.update(dict.fromkeys(f"{features.groups[at]}:{features.names[at]}" for at in columns))
    return tuple(found)


def _hint(text: str, written: dict[str, list[int]]) -> str:
    group, _, name = _plain(text).rpartition(":")
    names: dict[str, list[str]] = {}
    for one in written:
        if not group or one.startswith(f"{group}:"):
            names.setdefault(one.partition(":")[2], []).append(one)
    if not names:
        groups = dict.fromkeys(one.partition(":")[0] for one in written if one.partition(":")[0].isascii())
        return f"write group:name, such as tag:露营; groups: {', '.join(groups)}"
    near = difflib.get_close_matches(name, names, n=_NEAREST, cutoff=0.5)
    near += [one for one in names if len(name) > 1 and name in one]
    if near:
        return f"did you mean {', '.join(names[one][0] for one in dict.fromkeys(near[:_NEAREST]))}?"
    if not group:
        return "write group:name, such as tag:露营"
    return f"of {group} there are, for example, {', '.join(sorted(names)[:5])}"


def _plain(text: str) -> str:
    return text.strip().replace("：", ":")


def chosen_by(home: Home, traits: Sequence[Reason], auc: float) -> str:
    """A warning where one trait, with the interest above it, tells seeds from others nearly by itself; else empty."""
    if not traits or auc < _TOLD_APART:
        return ""
    above = taxonomy(home).parent_of
    first, *rest = traits
    kin = [one for one in rest if _is_above(above, first, one) or _is_above(above, one, first)]
    family = [first, *kin[:1]]
    part = sum(one.weight for one in family)
    if part < _NEARLY_ALL or not first.name:
        return ""
    many = len(family) > 1
    options = " ".join(f"--ignore {one.group}:{one.name}" for one in family)
    return (
        f"{' and '.join(one.label for one in family)} make{'' if many else 's'} up {part:.0%} of the likeness: seeds "
        f"that were chosen by {'them' if many else 'it'} are found by {'them' if many else 'it'}, and the test says no "
        f"more; to see what else joins the seeds: {options}"
    )


def _is_above(above: Mapping[str, str], tag: Reason, parent: Reason) -> bool:
    return (tag.group, parent.group) == ("tag", "parent") and above.get(tag.name) == parent.name

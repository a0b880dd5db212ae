"""Features as reasons that people can read, and that point at nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.lookalike.answers import Reason
from audience.lookalike.features import Features
from audience.lookalike.ranking import Floats, Space
from audience.query.phrases import TIERS
from lake.store import Lake
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_TOP = 5
# Features of a person that are looked at for reasons: some have no name that may be told, some share one.
_LOOKED_AT = 12
_LABELS = {
    "tag": "兴趣：{}",
    "parent": "大类兴趣：{}",
    "term": "常用词：{}",
    "topic": "话题：{}",
    "follows": "关注：{}",
    "engages": "互动：{}",
    "community": "社群：{}",
    "region": "地区：{}",
    "hour": "活跃时段：{}",
    "bought": "购买：{}",
    "channel": "渠道：{}",
    "place": "去过：{}",
    "value": "客户价值：{}",
}
_OTHERS = {"follows": "与种子关注相同的账号", "engages": "与种子互动相同的账号"}
Key = tuple[str, str, str]  # group, name, label


class Namer:
    """Names features. Private accounts stay unnamed, as do features that fewer than k people have."""

    def __init__(self, home: Home, features: Features, k: int) -> None:
        self.k = k
        self._groups, self._names = features.groups, features.names
        self._tellable = features.holders >= k
        self._keys: dict[int, Key | None] = {}
        lake = Lake(home)
        public = lake.read(
            "accounts", columns=["id", "name"], where=pl.col("public") & pl.col("name").is_not_null()
        )
        self._public = dict(public.iter_rows())
        self._known = {
            "value": TIERS,
            "topic": dict(lake.read("topics", columns=["topic", "name"]).iter_rows()),
            "community": dict(
                lake.read("communities", columns=["community", "name"]).drop_nulls().unique().iter_rows()
            ),
        }

    def strongest(self, columns: NDArray[Any], parts: Floats, most: int = _TOP) -> list[Reason]:
        """The columns with the largest positive parts, as reasons; weights are shares of all that is positive."""
        total = float(parts[parts > 0].sum()) or 1.0
        best = np.argsort(-parts, kind="stable")
        best = best[parts[best] > 0]
        return self._told(columns[best].tolist(), (parts[best] / total).tolist(), most)

    def of_each(self, space: Space, rows: NDArray[np.int64], weights: Floats) -> list[list[Reason]]:
        """What speaks most for each of these people: their features times the weights, largest first."""
        columns, shares = strongest_columns(space, rows, weights, self._tellable)
        return [
            self._told(own, part, _TOP) for own, part in zip(columns.tolist(), shares.tolist(), strict=True)
        ]

    def written(self) -> dict[str, list[int]]:
        """Every feature that may be told, as people write it (group:name, group:shown name, the label), and its columns."""
        found: dict[str, list[int]] = {}
        for column in np.flatnonzero(self._tellable).tolist():
            key = self._key(column)
            if key is None or not key[1]:
                continue
            group, name, label = key
            label = label.replace("：", ":")
            for text in dict.fromkeys((f"{group}:{label.partition(':')[2]}", f"{group}:{name}", label)):
                found.setdefault(text, []).append(column)
        return found

    def _told(self, columns: list[int], shares: list[float], most: int) -> list[Reason]:
        found: dict[Key, float] = {}
        for column, share in zip(columns, shares, strict=True):
            if share <= 0 or len(found) == most:
                break
            key = self._key(column)
            if key is not None:
                found[key] = found.get(key, 0.0) + share
        ordered = sorted(found.items(), key=lambda item: -item[1])
        return [
            Reason(group=group, name=name, label=label, weight=round(min(1.0, weight), 4))
            for (group, name, label), weight in ordered
        ]

    def _key(self, column: int) -> Key | None:
        if column not in self._keys:
            self._keys[column] = self._named(column)
        return self._keys[column]

    def _named(self, column: int) -> Key | None:
        # Beyond the features stand the steps of how much is known of a person: no reason to anybody.
        if column >= len(self._names) or not self._tellable[column]:
            return None
        group, name = str(self._groups[column]), str(self._names[column])
        if group in _OTHERS:
            shown = self._public.get(name)
            if shown is None:
                return group, "", _OTHERS[group]
        else:
            shown = self._known.get(group, {}).get(name) or name
        if sensitive_matter(shown) is not None:
            return None
        return group, shown if group in _OTHERS else name, _LABELS.get(group, "{}").format(shown)


def strongest_columns(
    space: Space, rows: NDArray[np.int64], weights: Floats, tellable: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], Floats]:
    """For each row its columns of largest positive weight and their shares of all that is positive in it.

    Both people x at most 12, largest first; where there are fewer, the share is 0.
    """
    part = space.rows[rows]
    values = part.data * weights[part.indices]
    values[values < 0] = 0.0
    at = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    totals = np.bincount(at, values, minlength=len(rows))
    totals[totals == 0] = 1.0
    told = np.zeros(part.shape[1], dtype=bool)
    told[: len(tellable)] = tellable
    kept = told[part.indices] & (values > 0)
    at, columns, shares = at[kept], part.indices[kept], (values / totals[at])[kept]
    order = np.lexsort((-shares, at))
    at, columns, shares = at[order], columns[order], shares[order]
    place = np.arange(len(at)) - np.searchsorted(at, at)
    first = place < _LOOKED_AT
    best = np.zeros((len(rows), _LOOKED_AT), dtype=np.int64)
    much = np.zeros((len(rows), _LOOKED_AT))
    best[at[first], place[first]] = columns[first]
    much[at[first], place[first]] = shares[first]
    return best, much

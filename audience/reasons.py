"""Features as reasons that people can read, and that point at nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.answers import Reason
from audience.features import Features
from lake.store import Lake
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_TOP = 5
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
}
_OTHERS = {"follows": "与种子关注相同的账号", "engages": "与种子互动相同的账号"}


class Namer:
    """Names features. Private accounts stay unnamed, as do features that fewer than k people have."""

    def __init__(self, home: Home, features: Features, k: int) -> None:
        self.k = k
        self._groups, self._names, self._holders = features.groups, features.names, features.holders
        lake = Lake(home)
        public = lake.read(
            "accounts", columns=["id", "name"], where=pl.col("public") & pl.col("name").is_not_null()
        )
        self._public = dict(public.iter_rows())
        self._known = {
            "topic": dict(lake.read("topics", columns=["topic", "name"]).iter_rows()),
            "community": dict(
                lake.read("communities", columns=["community", "name"]).drop_nulls().unique().iter_rows()
            ),
        }

    def strongest(self, columns: NDArray[Any], parts: NDArray[np.float64], most: int = _TOP) -> list[Reason]:
        """The columns with the largest positive parts, as reasons; weights are shares of all that is positive."""
        total = float(parts[parts > 0].sum()) or 1.0
        found: dict[tuple[str, str], Reason] = {}
        for at in np.argsort(-parts, kind="stable"):
            if parts[at] <= 0 or len(found) == most:
                break
            reason = self._reason(int(columns[at]), float(parts[at]) / total)
            if reason is not None:
                before = found.get((reason.group, reason.name))
                weight = reason.weight + (before.weight if before else 0.0)
                found[reason.group, reason.name] = reason.model_copy(update={"weight": round(weight, 4)})
        return sorted(found.values(), key=lambda reason: -reason.weight)

    def _reason(self, column: int, weight: float) -> Reason | None:
        if self._holders[column] < self.k:
            return None
        group, name = str(self._groups[column]), str(self._names[column])
        if group in _OTHERS:
            shown = self._public.get(name)
            if shown is None:
                return Reason(group=group, name="", label=_OTHERS[group], weight=weight)
        else:
            shown = self._known.get(group, {}).get(name) or name
        if sensitive_matter(shown) is not None:
            return None
        public_name = shown if group in _OTHERS else name
        return Reason(
            group=group, name=public_name, label=_LABELS.get(group, "{}").format(shown), weight=weight
        )

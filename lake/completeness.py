"""How full each field of a run is beside the runs before it: fields that vanish are seen at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

LAST = 10  # runs
FALL = 0.20  # by which a share falls below the median of the last runs when it is warned of


@dataclass(frozen=True, slots=True)
class Field:
    """One field, ``posts.region``: the share of rows that hold it, and the median of that in the runs before."""

    name: str
    share: float
    usual: float | None

    @property
    def fell(self) -> bool:
        """Whether it is worth a warning."""
        return self.usual is not None and self.usual - self.share > FALL

    def __str__(self) -> str:
        usual = "" if self.usual is None else f", usually in {self.usual:.0%}"
        return f"{self.name} is filled in {self.share:.0%} of the rows{usual}"


def compare(now: Mapping[str, float], before: Sequence[Mapping[str, float]]) -> list[Field]:
    """Each field of ``now`` beside the runs ``before`` (at most the first ten of them) that measured it."""
    return [
        Field(
            name,
            share,
            median(known) if (known := [one[name] for one in before[:LAST] if name in one]) else None,
        )
        for name, share in now.items()
    ]

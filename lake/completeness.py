"""How full each field of a run is beside the runs before it: fields that vanish are seen at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

LAST = 10  # runs
FALL = 0.20  # by which a share falls below the median of the last runs when it is warned of
FEWEST = 4  # rows, of fewer nothing is said
_Z = 1.96  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Field:
    """One field, ``posts.region``: the share of ``rows`` that hold it, and the median of that in the runs before."""

    name: str
    share: float
    usual: float | None
    rows: int

    @property
    def fell(self) -> bool:
        """Whether it is worth a warning: it fell far, and not because a run that read little met other rows."""
        if self.usual is None or self.rows < FEWEST or round(self.usual - self.share, 6) <= FALL:
            return False
        return _upper(self.share, self.rows) < self.usual

    def __str__(self) -> str:
        usual = "" if self.usual is None else f", usually in {self.usual:.0%}"
        return f"{self.name} is filled in {self.share:.0%} of the rows{usual}"


def compare(
    now: Mapping[str, float], before: Sequence[Mapping[str, float]], rows: Mapping[str, int]
) -> list[Field]:
    """Each field of ``now`` beside the runs ``before`` (at most the first ten of them) that measured it.

    ``rows``: how many rows of each table the shares are of.
    """
    return [
        Field(
            name,
            share,
            median(known) if (known := [one[name] for one in before[:LAST] if name in one]) else None,
            rows.get(name.partition(".")[0], 0),
        )
        for name, share in now.items()
    ]


def _upper(share: float, rows: int) -> float:
    """The upper end of Wilson's 95 % interval of a share."""
    spread = _Z * sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2))
    return (share + _Z**2 / (2 * rows) + spread) / (1 + _Z**2 / rows)

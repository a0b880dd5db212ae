"""The disclosure layer: who may see what, and which numbers are too small to show.

The rules are those of statistical disclosure control: a minimum cell size, rounding, and a check against differencing
two overlapping audiences (Hundepool et al., *Statistical Disclosure Control*, 2012, chapters 4 and 5).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from privacy.errors import BadInputError, ForbiddenError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K = 20
ROUND_TO = 5
_Item = TypeVar("_Item")


class Role(StrEnum):
    """Who asks; each role may do what those before it may."""

    ANALYST = "analyst"  # counts, facets, trends
    PLANNER = "planner"  # and members, evidence, exports of pseudonyms
    ACTIVATE = "activate"  # and the way back to handles
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 for analyst up to 3 for admin."""
        return list(Role).index(self)

    @classmethod
    def parse(cls, name: str) -> Role:
        """The role of this name. Raises BadInputError."""
        try:
            return cls(name.strip().lower())
        except ValueError:
            raise BadInputError(f"There is no role {name!r}.", f"Roles: {', '.join(Role)}.") from None


def require(role: Role | str, needed: Role) -> None:
    """Raise ForbiddenError unless ``role`` reaches ``needed``."""
    have = role if isinstance(role, Role) else Role.parse(role)
    if have.rank < needed.rank:
        raise ForbiddenError(
            f"This needs the role {needed.value}; you act as {have.value}.",
            f"Ask someone with the role {needed.value}, or an administrator for that role.",
            needs=needed.value,
        )


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Numbers of at least ``k`` persons are shown, rounded to ``round_to``; smaller ones are hidden, zero included."""

    k: int = K
    round_to: int = ROUND_TO

    def __post_init__(self) -> None:
        if self.k < 2 or self.round_to < 1:
            raise BadInputError("k must be at least 2 and round_to at least 1.")

    @classmethod
    def from_settings(cls) -> Disclosure:
        """``RENQUN_K`` where it is set, else the default. Raises BadInputError."""
        given = os.environ.get("RENQUN_K", str(K))
        if not given.strip().isdecimal() or int(given) < 2:
            raise BadInputError(
                f"RENQUN_K is a whole number of 2 or more, not {given!r}.", f"Unset it for {K}, the default."
            )
        return cls(k=int(given))

    def hidden(self, n: int) -> bool:
        """Whether an audience of ``n`` persons is too small to speak of."""
        return n < self.k

    def count(self, n: int) -> int | None:
        """``n`` rounded, or None where it is under k."""
        return None if self.hidden(n) else self.rounded(n)

    def rounded(self, n: int) -> int:
        """To the nearest multiple of ``round_to``, halves up."""
        return (n + self.round_to // 2) // self.round_to * self.round_to

    def allowed(self, with_: int, without: int) -> bool:
        """Whether a condition may be answered: it changes the audience by nobody, or by at least k persons.

        Otherwise the two totals, asked one after the other, would tell about fewer than k.
        """
        difference = abs(without - with_)
        return difference == 0 or difference >= self.k

    def telling(
        self, counts: Mapping[_Item, int], total: int, certain: Collection[_Item] = ()
    ) -> list[_Item]:
        """The items within ``total`` that at least k people have, and at least k have not.

        An item that all have is told only where that is ``certain``, by what the people were looked for by: whoever makes a
        group in which all but one surely have it would else be told of that one.
        """
        most = total - self.k
        return [item for item, n in counts.items() if n >= self.k and (n <= most or item in certain)]

    def parts(
        self, told: Iterable[_Item], counts: Mapping[_Item, int], total: int, every: Collection[_Item]
    ) -> list[_Item]:
        """Of items that may be told, of which each person has one at most, those that may be told together, largest first.

        Who is left over has to be k people too, or the smallest is withheld. But for all items there are (``every``; empty
        where somebody may have none): then nobody can be left over.
        """
        kept = sorted(told, key=counts.__getitem__, reverse=True)
        if every and set(every) <= set(kept):
            return kept
        while kept and self.hidden(total - sum(counts[item] for item in kept)):
            kept.pop()
        return kept

    def each(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """``count`` of many: rounded, 0 where under k."""
        rounded = (counts + self.round_to // 2) // self.round_to * self.round_to
        return rounded * (counts >= self.k)

    def facets(self, counts: Mapping[_Item, int]) -> dict[_Item, int]:
        """The counts of at least k, rounded; the rest is left out."""
        return {item: self.rounded(n) for item, n in counts.items() if n >= self.k}

    def refused(self, total: int, totals_without: Iterable[int]) -> list[int]:
        """The places of the conditions whose removal breaks the difference rule."""
        return [place for place, without in enumerate(totals_without) if not self.allowed(total, without)]

"""What a lookalike list should be like, beside its seeds, and whom that lets be listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audience.disclosure.group import group_of
from audience.lookalike.features import Features
from audience.lookalike.kinds import MAX_KINDS
from audience.lookalike.ranking import METHODS, Bools
from audience.query.model import AudienceQuery
from privacy.disclosure import Disclosure
from privacy.errors import BadInputError
from privacy.home import Home

MAX_SIZE = 1_000_000
Query = AudienceQuery | str


@dataclass(frozen=True)
class Wish:
    """What a list should be like, beside its seeds; see ``lookalike``."""

    size: int
    where: Query
    without: Query
    ignore: tuple[str, ...]
    kinds: int
    method: str | None

    def check(self, k: int) -> None:
        """Raises BadInputError for what can't be."""
        if not k <= self.size <= MAX_SIZE:
            raise BadInputError(
                f"the size is {k} to {MAX_SIZE:,}", "a list of fewer people would point at them"
            )
        if not 1 <= self.kinds <= MAX_KINDS:
            raise BadInputError(f"there are 1 to {MAX_KINDS} kinds of seeds", "each needs enough seeds")
        if self.method is not None and self.method not in METHODS:
            raise BadInputError(f"there is no method {self.method!r}", f"there are {', '.join(METHODS)}")


def allowed_by(
    wish: Wish, home: Home, features: Features, disclosure: Disclosure
) -> tuple[Bools, str, str, str]:
    """Who may be listed, the two queries in canonical form, and why nothing may be said if so."""
    allowed, texts = features.listable.copy(), {True: "", False: ""}
    for query, wanted in ((wish.where, True), (wish.without, False)):
        if not query:
            continue
        group = group_of(home, query, disclosure)
        texts[wanted] = group.query
        if group.hidden:
            return allowed, texts[True], texts[False], f"{group.query}: {group.hidden}"
        met = np.zeros(len(allowed), dtype=bool)
        met[[features.row_of[person] for person in group.persons if person in features.row_of]] = True
        allowed &= met if wanted else ~met
    return allowed, texts[True], texts[False], ""

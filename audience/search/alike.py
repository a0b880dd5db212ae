"""Whom members are to be like: seeds turned into the vector that an answer is ordered by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from audience.disclosure.guard import told
from audience.engines.base import Order
from audience.engines.vectors import Vector
from audience.errors import NotMinedError
from audience.index.opened import OpenIndex
from audience.query.model import AudienceQuery
from audience.query.text import to_text
from audience.search.answers import AskedLike
from audience.search.read import read_query
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError

if TYPE_CHECKING:
    from audience.lookalike.seeds import Seeds

Like: TypeAlias = "Seeds | AudienceQuery | str"
# The seeds in the index, what is told of them, and what the asker must know.
_Asked: TypeAlias = tuple[NDArray[np.int64], AskedLike, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Alike:
    """The direction of some seeds together, and what is told of them; ``name`` tells it from others, in cursors.

    Empty for other orders than ``lookalike``.
    """

    vector: Vector | None = None
    name: str = ""
    told: AskedLike | None = None
    notes: tuple[str, ...] = ()

    def audited(self) -> dict[str, Any]:
        """What the audit log keeps: no name that the list gave."""
        return {} if self.told is None else {"like": self.told.model_dump(exclude={"seeds": {"problems"}})}

    def shown(self) -> dict[str, Any] | None:
        """As ``answers.AskedLike`` has it."""
        return None if self.told is None else self.told.model_dump()


def alike(index: OpenIndex, order: Order, like: Like | None, role: Role, disclosure: Disclosure) -> Alike:
    """What the order ``lookalike`` goes by; it needs role planner.

    Raises:
        BadInputError: an order without seeds, or seeds without the order.
        BadQueryError: as ``search`` does.
        ForbiddenError: fewer than k seeds with a profile, since an order by those would be personal; or the role is too low.
        NotMinedError: mining left nothing to compare people by.
    """
    if (order is Order.LOOKALIKE) != (like is not None):
        raise BadInputError(
            "likeness needs somebody to be like"
            if like is None
            else f"the order {order.value} needs no seeds",
            "give both: --sort lookalike --like SEEDS.csv (order and like over HTTP)",
        )
    if like is None:
        return Alike()
    require(role, Role.PLANNER)
    if isinstance(like, AudienceQuery | str):
        uids, asked, notes = _found(index, like, disclosure)
    else:
        uids, asked, notes = _listed(index, like)
    if not index.engine.vectors.dimensions:
        raise NotMinedError("the search index holds nothing to compare people by yet")
    people = int(index.engine.vectors.known(uids).sum())
    if disclosure.hidden(people):
        raise ForbiddenError(
            f"fewer than {disclosure.k} of the seeds have a profile to be like",
            "give more seeds; renqun import links FILE joins customers to their accounts",
        )
    vector = index.engine.vectors.mean(uids)
    name = hashlib.blake2b(vector.tobytes(), digest_size=4).hexdigest()
    return Alike(vector, name, asked.model_copy(update={"people": disclosure.rounded(people)}), notes)


def _listed(index: OpenIndex, seeds: Seeds) -> _Asked:
    if not seeds.account_ids:
        raise BadInputError(
            f"none of the {seeds.report.rows:,} seeds was found",
            "renqun lookalike says what became of each row",
        )
    owners = np.fromiter(index.engine.owners(seeds.account_ids).values(), np.int64)
    unprofiled = len(seeds.account_ids) - int(index.engine.vectors.known(owners).sum())
    report = seeds.report.model_copy(update={"unprofiled": unprofiled})
    return np.unique(owners), AskedLike(seeds=report), ()


def _found(index: OpenIndex, query: AudienceQuery | str, disclosure: Disclosure) -> _Asked:
    """The people of a query, or of one asked before that is nearly the same: their order would tell of the difference."""
    asked, resolved = read_query(index, query, disclosure.k)
    shown = told(index, resolved, index.scope(), disclosure)
    if shown.hidden:
        raise ForbiddenError(f"the seeds may not be spoken of: {shown.hidden}", "widen their query")
    notes = tuple(f"seeds: {note}" for note in shown.notes(disclosure.k))
    return index.engine.uids(shown.query, shown.scope), AskedLike(query=to_text(asked)), notes

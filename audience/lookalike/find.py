"""The people most like some seeds: who, why, how far down the list still pays, and how well that was tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audience.disclosure.group import group_of
from audience.lookalike.answers import Candidate, Holdout, LookalikeAnswer, Reason, SeedKind, SeedReport
from audience.lookalike.curve import Curve
from audience.lookalike.features import Features, load_features, load_space
from audience.lookalike.holdout import hold_out, likeness, report
from audience.lookalike.ignored import chosen_by, left_out
from audience.lookalike.kinds import Kind, best_of, kinds_of
from audience.lookalike.ranking import Bools, Floats, Space
from audience.lookalike.reasons import Namer
from audience.lookalike.seeds import Seeds
from audience.lookalike.wish import Query, Wish, allowed_by
from audience.named.lists import HINT
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

_FEW_SEEDS = 100
_NO_SIGNAL = 0.6
_MORE = 0.1  # by so much at least the seeds have a trait more than everybody
Ints = NDArray[np.int64]


def lookalike(
    home: Home,
    seeds: Seeds | Query,
    size: int = 500,
    where: Query = "",
    without: Query = "",
    ignore: Sequence[str] = (),
    kinds: int = 1,
    method: str | None = None,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> LookalikeAnswer:
    """Find the people most like the seeds, best first. Needs role planner.

    Seeds are a resolved list, or a query for the people who meet it. ``where`` and ``without`` are queries that
    candidates must and must not meet. ``ignore`` leaves features out of the comparison, such as ``tag:露营`` or
    ``term:帐篷``. ``kinds`` over 1 splits the seeds into so many kinds and lists people for each in turn. ``method``
    is one of METHODS; None: the one that the hold-out finds best. Fewer than k seeds with a profile get a hidden answer:
    their traits would be personal.

    Raises:
        BadInputError: no seed was resolved, a size under k, or an unknown feature or method.
        BadQueryError: as ``search`` does.
        NotMinedError: nothing has been mined yet.
        ForbiddenError: the role is too low.
    """
    require(role, Role.PLANNER)
    wish = Wish(size, where, without, tuple(ignore), kinds, method)
    disclosure = disclosure or Disclosure.from_settings()
    wish.check(disclosure.k)
    if isinstance(seeds, Seeds) and not seeds.account_ids:
        raise BadInputError(
            _nobody(seeds.report), f"check the ids, that the accounts were collected, and the header ({HINT})"
        )
    features, space = load_space(home, left_out(home, load_features(home), disclosure.k, wish.ignore))
    found, hidden = (seeds, "") if isinstance(seeds, Seeds) else _from_query(home, seeds, disclosure)
    marked, seed_report = _mark(features, found)
    if not hidden and disclosure.hidden(int(marked.sum())):
        hidden = f"fewer than {disclosure.k} of the seeds have a profile; "
        hidden += (
            "run renqun mine, and link customers to their accounts: renqun import links FILE"
            if seed_report.unprofiled
            else "give more seeds, or a query for people like them"
        )
    allowed, where, without, refused = allowed_by(wish, home, features, disclosure)
    hidden = hidden or refused
    answer = LookalikeAnswer(
        hidden=bool(hidden),
        reason=hidden,
        seeds=seed_report,
        size=wish.size,
        total=None,
        k=disclosure.k,
        ignore=list(wish.ignore),
        where=where,
        without=without,
    )
    if not hidden:
        work = _Work(home, features, space, marked, allowed & ~marked, wish, disclosure)
        answer = work.fill(answer)
    record(home, who, role, "lookalike", _detail(answer))
    return answer


def score_all(home: Home, seeds: Sequence[str], ignore: Sequence[str] = ()) -> tuple[list[str], Floats]:
    """Every profiled account with its likeness to these seed accounts, for evaluation: (account ids, scores)."""
    features, space = load_space(home, ignore)
    marked, _ = _mark(features, Seeds(tuple(seeds), SeedReport(rows=len(seeds), resolved=len(seeds))))
    if not marked.any():
        raise BadInputError("none of the seeds has a profile", "run: renqun mine")
    scores = space.rank(hold_out(space, marked)[0].method, marked).scores
    accounts = [name for name in features.row_of if name in features.account_ids]
    return accounts, scores[[features.row_of[account] for account in accounts]]


@dataclass(frozen=True)
class _Work:
    """One list in the making: ``marked`` are the seeds, ``allowed`` who may be listed."""

    home: Home
    features: Features
    space: Space
    marked: Bools
    allowed: Bools
    wish: Wish
    disclosure: Disclosure

    def fill(self, answer: LookalikeAnswer) -> LookalikeAnswer:
        """The answer with its list, or hidden where too few may be listed."""
        rows = np.flatnonzero(self.allowed)
        if self.disclosure.hidden(len(rows)):
            why = f"fewer than {self.disclosure.k} people to list"
            return answer.model_copy(update={"hidden": True, "reason": why})
        methods = (self.wish.method,) if self.wish.method else ()
        trials = hold_out(self.space, self.marked, methods)
        ranker = self.space.rank(trials[0].method, self.marked)
        similarity = likeness(trials[0], ranker.scores)
        namer = Namer(self.home, self.features, self.disclosure.k)
        kinds = (
            kinds_of(self.space, self.marked, self.wish.kinds, trials[0].method, self.disclosure.k)
            if self.wish.kinds > 1
            else [Kind(self.marked, ranker)]
        )
        best, chosen = best_of(kinds, rows, self.wish.size)
        curve = Curve(trials[0], ranker, rows, self.marked)
        size = min(self.wish.size, len(rows))
        tested = report(trials, size, curve.depth(size))
        traits = self._traits(Kind(self.marked, ranker), namer)
        return answer.model_copy(
            update={
                "total": self.disclosure.count(len(best)),
                "candidates": self._candidates(kinds, best, chosen, similarity, namer),
                "traits": traits,
                "kinds": self._kinds(kinds, chosen, namer) if self.wish.kinds > 1 else [],
                "curve": curve.points(similarity, self.disclosure.k, size),
                "holdout": tested,
                "warnings": self._warnings(tested, kinds, chosen_by(self.home, traits, tested.auc)),
            }
        )

    def _candidates(
        self, kinds: list[Kind], best: Ints, chosen: Ints, similarity: Floats, namer: Namer
    ) -> list[Candidate]:
        reasons: dict[int, list[Reason]] = {}
        for place, kind in enumerate(kinds):
            own = best[chosen == place]
            reasons.update(
                zip(own.tolist(), namer.of_each(self.space, own, kind.ranker.weights), strict=True)
            )
        features = self.features
        return [
            Candidate(
                rank=rank,
                person_id=features.persons[row],
                account_id=features.accounts[row],
                similarity=round(float(similarity[row]), 4),
                kind=place + 1 if self.wish.kinds > 1 else None,
                reasons=reasons[row],
            )
            for rank, (row, place) in enumerate(zip(best.tolist(), chosen.tolist(), strict=True), start=1)
        ]

    def _traits(self, kind: Kind, namer: Namer) -> list[Reason]:
        """What these seeds share: features of at least k of them, by weight times how much more they have them.

        What everybody has about as much is no trait, however much it weighs.
        """
        own = self.space.rows[np.flatnonzero(kind.seeds)]
        excess = np.asarray(own.mean(axis=0), dtype=np.float64).ravel() - self.space.mean
        holders = np.asarray(own.getnnz(axis=0))
        columns = np.flatnonzero((holders >= namer.k) & (excess > _MORE * self.space.mean))
        return namer.strongest(columns, (excess * kind.ranker.weights)[columns], most=10)

    def _kinds(self, kinds: list[Kind], chosen: Ints, namer: Namer) -> list[SeedKind]:
        return [
            SeedKind(
                kind=place + 1,
                seeds=self.disclosure.count(int(kind.seeds.sum())),
                listed=self.disclosure.count(int((chosen == place).sum())),
                traits=self._traits(kind, namer),
            )
            for place, kind in enumerate(kinds)
        ]

    def _warnings(self, tested: Holdout, kinds: list[Kind], circular: str) -> list[str]:
        warnings = [circular] if circular else []
        if int(self.marked.sum()) < _FEW_SEEDS:
            warnings.append(f"fewer than {_FEW_SEEDS} seeds: the order is uncertain")
        if tested.auc_low < _NO_SIGNAL:
            warnings.append("the seeds have little in common: hidden seeds were hardly found again")
        if len(kinds) < self.wish.kinds:
            warnings.append(f"the seeds are of {len(kinds)} kinds of at least {self.disclosure.k}, not more")
        if int(self.allowed.sum()) < self.wish.size:
            warnings.append("fewer people may be listed than were asked for")
        return warnings


def _from_query(home: Home, query: Query, disclosure: Disclosure) -> tuple[Seeds, str]:
    """The people who meet a query, as seeds, and why they may not be used if they may not."""
    group = group_of(home, query, disclosure)
    rounded = disclosure.rounded(len(group.rows))
    hidden = f"the seeds' query {group.query}: {group.hidden}; widen it" if group.hidden else ""
    return Seeds(tuple(group.persons), SeedReport(rows=rounded, resolved=rounded)), hidden


def _mark(features: Features, seeds: Seeds) -> tuple[Bools, SeedReport]:
    """Rows that are seeds; seeds without a row are counted as unprofiled."""
    rows = [features.row_of[seed] for seed in seeds.account_ids if seed in features.row_of]
    marked = np.zeros(len(features.persons), dtype=bool)
    marked[rows] = True
    if marked.all():
        raise BadInputError("everybody is a seed: nobody is left to compare with", "give fewer seeds")
    return marked, seeds.report.model_copy(update={"unprofiled": len(seeds.account_ids) - len(rows)})


def _detail(answer: LookalikeAnswer) -> dict[str, object]:
    """What the audit log keeps: no name that the seed list gave."""
    detail = answer.model_dump(include={"size", "hidden", "ignore", "where", "without"})
    detail["seeds"] = answer.seeds.model_dump(exclude={"problems"})
    return {**detail, "people": [candidate.person_id for candidate in answer.candidates]}


def _nobody(report: SeedReport) -> str:
    return (
        f"none of the {report.rows:,} seeds was found: {report.unknown:,} unknown, {report.ambiguous:,} ambiguous, "
        f"{report.opted_out:,} opted out, {report.malformed:,} without a name"
    )

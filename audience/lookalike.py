"""The people most like some seeds: who, why, how far down the list still pays, and how well that was tested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audience.answers import Candidate, CurvePoint, LookalikeAnswer, Reason, SeedReport
from audience.features import Features, load_features
from audience.group import group_of
from audience.holdout import Trial, hold_out, likeness, report
from audience.query.model import AudienceQuery
from audience.ranking import Bools, Floats, Ranker, Space
from audience.reasons import Namer
from audience.seeds import Seeds
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_SIZE = 1_000_000
_FEW_SEEDS = 100
_NO_SIGNAL = 0.6
_CURVE_POINTS = 10


def lookalike(
    home: Home,
    seeds: Seeds | AudienceQuery | str,
    size: int = 500,
    without: Sequence[str] = (),
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> LookalikeAnswer:
    """Find the ``size`` people most like the seeds, best first. Needs role planner.

    Seeds are a resolved list, or a query for the people who meet it. ``without`` leaves features out, such as
    ``tag:露营`` or ``term:帐篷``. Fewer than k seeds with a profile get a hidden answer: their traits would be personal.

    Raises:
        BadInputError: no seed was resolved, a size under k, or an unknown feature group.
        NotMinedError: nothing has been mined yet.
        ForbiddenError: the role is too low.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if not disclosure.k <= size <= MAX_SIZE:
        raise BadInputError(
            f"the size is {disclosure.k} to {MAX_SIZE:,}", "a list of fewer people would point at them"
        )
    if isinstance(seeds, Seeds) and not seeds.account_ids:
        raise BadInputError(
            _nobody(seeds.report), "check the source and the ids, and that the accounts were collected"
        )
    features = load_features(home).without(without)
    found, hidden = (seeds, "") if isinstance(seeds, Seeds) else _from_query(home, seeds, disclosure)
    marked, seed_report = _mark(features, found)
    if not hidden and disclosure.hidden(int(marked.sum())):
        hidden = f"fewer than {disclosure.k} of the seeds have a profile"
    answer = LookalikeAnswer(
        hidden=bool(hidden),
        reason=hidden,
        seeds=seed_report,
        size=size,
        total=None,
        k=disclosure.k,
        without=list(without),
    )
    if not hidden:
        answer = _answered(home, answer, features, marked, disclosure)
    detail = {
        "seeds": seed_report.model_dump(),
        "size": size,
        "hidden": answer.hidden,
        "without": list(without),
    }
    record(home, who, role, "lookalike", {**detail, "people": [c.person_id for c in answer.candidates]})
    return answer


def score_all(home: Home, seeds: Sequence[str], without: Sequence[str] = ()) -> tuple[list[str], Floats]:
    """Every profiled account with its likeness to these seed accounts, for evaluation: (account ids, scores)."""
    features = load_features(home).without(without)
    marked, _ = _mark(features, Seeds(tuple(seeds), SeedReport(rows=len(seeds), resolved=len(seeds))))
    if not marked.any():
        raise BadInputError("none of the seeds has a profile", "run: renqun mine")
    space = Space(features.matrix)
    scores = space.rank(hold_out(space, marked)[0].method, marked).scores
    accounts = [name for name in features.row_of if name in features.account_ids]
    return accounts, scores[[features.row_of[account] for account in accounts]]


def _answered(
    home: Home, answer: LookalikeAnswer, features: Features, marked: Bools, disclosure: Disclosure
) -> LookalikeAnswer:
    space = Space(features.matrix)
    trials = hold_out(space, marked)
    ranker = space.rank(trials[0].method, marked)
    rows = np.flatnonzero(features.listable & ~marked)
    best = rows[np.lexsort((rows, -ranker.scores[rows]))][: answer.size]
    if disclosure.hidden(len(best)):
        return answer.model_copy(
            update={"hidden": True, "reason": f"fewer than {disclosure.k} people to list"}
        )
    similarity = likeness(trials[0], ranker.scores)
    namer = Namer(home, features, disclosure.k)
    tested = report(trials, answer.size)
    return answer.model_copy(
        update={
            "total": disclosure.count(len(best)),
            "candidates": _candidates(features, space, ranker, best, similarity, namer),
            "traits": _traits(features, space, ranker, marked, namer),
            "curve": _curve(trials[0], similarity[best], disclosure.k),
            "holdout": tested,
            "warnings": _warnings(int(marked.sum()), tested.auc_low),
        }
    )


def _candidates(
    features: Features,
    space: Space,
    ranker: Ranker,
    best: np.ndarray[tuple[int], np.dtype[np.int64]],
    similarity: Floats,
    namer: Namer,
) -> list[Candidate]:
    return [
        Candidate(
            rank=place,
            person_id=features.persons[row],
            account_id=features.accounts[row],
            similarity=round(float(similarity[row]), 4),
            reasons=_reasons(space, ranker, int(row), namer),
        )
        for place, row in enumerate(best.tolist(), start=1)
    ]


def _reasons(space: Space, ranker: Ranker, row: int, namer: Namer) -> list[Reason]:
    """What speaks most for one person: their feature times its weight, against everybody's mean."""
    start, end = space.unit.indptr[row], space.unit.indptr[row + 1]
    columns = space.unit.indices[start:end]
    parts = space.unit.data[start:end] * ranker.weights[columns]
    return namer.strongest(columns, parts)


def _traits(features: Features, space: Space, ranker: Ranker, marked: Bools, namer: Namer) -> list[Reason]:
    """What the seeds share: features of at least k of them, by weight times how much more the seeds have them."""
    own = space.unit[np.flatnonzero(marked)]
    excess = np.asarray(own.mean(axis=0), dtype=np.float64).ravel() - space.mean
    holders = np.asarray(own.getnnz(axis=0))
    columns = np.flatnonzero((holders >= namer.k) & (excess > 0))
    return namer.strongest(columns, (excess * ranker.weights)[columns], most=10)


def _curve(trial: Trial, similarity: Floats, k: int) -> list[CurvePoint]:
    """About ten reaches, evenly spaced by ratio from k to the whole list."""
    reaches = np.unique(
        np.geomspace(min(k, len(similarity)), len(similarity), _CURVE_POINTS).round().astype(int)
    )
    points = []
    for reach in reaches.tolist():
        found = trial.found(reach)
        chance = min(1.0, reach / trial.pool)
        points.append(
            CurvePoint(
                reach=reach,
                similarity=round(float(similarity[reach - 1]), 4),
                found=round(found, 4),
                lift=round(found / chance, 3),
            )
        )
    return points


def _from_query(home: Home, query: AudienceQuery | str, disclosure: Disclosure) -> tuple[Seeds, str]:
    """The people who meet a query, as seeds, and why they may not be used if they may not."""
    group = group_of(home, query, disclosure)
    rounded = disclosure.rounded(len(group.rows))
    return Seeds(tuple(group.persons), SeedReport(rows=rounded, resolved=rounded)), group.hidden


def _mark(features: Features, seeds: Seeds) -> tuple[Bools, SeedReport]:
    """Rows that are seeds; seeds without a row are counted as unprofiled."""
    rows = [features.row_of[seed] for seed in seeds.account_ids if seed in features.row_of]
    marked = np.zeros(len(features.persons), dtype=bool)
    marked[rows] = True
    if marked.all():
        raise BadInputError("everybody is a seed: nobody is left to compare with", "give fewer seeds")
    return marked, seeds.report.model_copy(update={"unprofiled": len(seeds.account_ids) - len(rows)})


def _warnings(seeds: int, auc_low: float) -> list[str]:
    warnings = []
    if seeds < _FEW_SEEDS:
        warnings.append(f"fewer than {_FEW_SEEDS} seeds: the order is uncertain")
    if auc_low < _NO_SIGNAL:
        warnings.append("the seeds have little in common: hidden seeds were hardly found again")
    return warnings


def _nobody(report: SeedReport) -> str:
    return (
        f"none of the {report.rows:,} seeds was found: {report.unknown:,} unknown, {report.ambiguous:,} ambiguous, "
        f"{report.opted_out:,} opted out, {report.malformed:,} without a name"
    )

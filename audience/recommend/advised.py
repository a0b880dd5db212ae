"""Which public accounts reach an audience: scored by what is followed together and by what they are about, chosen in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from audience.errors import NotMinedError
from audience.lookalike.features import load_space
from audience.recommend.answers import AdvisedAccount
from audience.search.tgi import Comparison
from lake.store import Lake
from privacy.disclosure import Disclosure
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

PARTS = ("users", "items", "content")
_NEIGHBOURS = 500
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts: people nearest to the audience, accounts followed together, interests."""

    users: float = 1.0
    items: float = 1.0
    content: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Weights:
        """``users=1,items=1,content=0.5``; a part that is not named does not count. Raises BadInputError."""
        given = dict.fromkeys(PARTS, 0.0)
        for part in filter(None, text.split(",")):
            name, _, number = part.partition("=")
            if name.strip() not in PARTS:
                raise BadInputError(f"there is no part {name.strip()!r}", f"parts: {', '.join(PARTS)}")
            try:
                given[name.strip()] = float(number)
            except ValueError:
                raise BadInputError(
                    f"{number!r} is no weight", "write for example items=1,content=0.5"
                ) from None
        return cls(**given)

    def __post_init__(self) -> None:
        values = (self.users, self.items, self.content)
        if not all(0 <= value < float("inf") for value in values) or not any(values):
            raise BadInputError("weights are 0 or more, and not all 0", "for example items=1,content=0.5")


@dataclass(frozen=True)
class Reached:
    """Who follows or engages with which public account: persons x accounts, ones; ``own`` marks the audience."""

    accounts: list[str]
    names: list[str]
    who: sparse.csc_matrix
    own: Bools
    persons: list[str]


def reached_by(lake: Lake, audience: list[str]) -> Reached:
    """The public accounts that persons follow, mention, answer or repost. Raises NotMinedError."""
    if not lake.exists("profiles"):
        raise NotMinedError("nothing has been mined yet")
    profiles = lake.read("profiles", ["account_id", "person_id", "public", "name"])
    public = profiles.filter(pl.col("public") & pl.col("name").is_not_null()).sort("account_id")
    public = public.filter(
        pl.Series([sensitive_matter(name) is None for name in public["name"]], dtype=pl.Boolean)
    )
    named = public.select(pl.col("account_id").alias("dst")).with_row_index("column")
    persons = profiles["person_id"].unique().sort()
    rows = pl.DataFrame({"person_id": persons}).with_row_index("row")
    pairs = (
        lake.read("edges", ["src", "dst"], pl.col("dst").is_in(named["dst"].implode()))
        .unique()
        .join(profiles.select(pl.col("account_id").alias("src"), "person_id"), on="src")
        .join(rows, on="person_id")
        .join(named, on="dst")
        .select("row", "column")
        .unique()
    )
    who = sparse.csc_matrix(
        (np.ones(pairs.height), (pairs["row"].to_numpy(), pairs["column"].to_numpy())),
        shape=(len(persons), named.height),
    )
    own = persons.is_in(pl.Series(audience, dtype=pl.String).implode()).to_numpy()
    return Reached(public["account_id"].to_list(), public["name"].to_list(), who, own, persons.to_list())


def advise(
    home: Home,
    audience: list[str],
    reached: Reached,
    limit: int,
    novelty: float,
    diversity: float,
    weights: Weights,
    disclosure: Disclosure,
) -> tuple[list[AdvisedAccount], int | None]:
    """The accounts to choose, in turn, and how many people they reach together (None: too few to say).

    An account gains by its score, by the share of its people that no account before reaches (as far as ``diversity``
    says; the greedy cover is within 1 - 1/e of the best, G. Nemhauser et al., 1978), and by being known to few.
    """
    people, everybody = int(reached.own.sum()), len(reached.persons)
    of_audience = np.asarray(reached.who[np.flatnonzero(reached.own)].sum(axis=0)).ravel()
    of_all = np.asarray(reached.who.sum(axis=0)).ravel()
    parts = _parts(home, audience, reached)
    score = _score(parts, weights, len(reached.accounts))
    open_ = (of_audience >= disclosure.k) & (score > 0)
    covered = np.zeros(len(reached.persons), dtype=bool)
    popularity = of_all / max(1, everybody)
    chosen: list[AdvisedAccount] = []
    while open_.any() and len(chosen) < limit:
        fresh = np.asarray((reached.own & ~covered).astype(np.float64) @ reached.who).ravel()
        share = fresh / np.maximum(of_audience, 1)
        gain = score * ((1 - diversity) + diversity * share) * of_audience * (1 - novelty * popularity)
        gain[~open_] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        open_[best] = False
        covered[reached.who[:, [best]].indices] = True
        shares = {name: _shown(parts.get(name), best) for name in PARTS}
        counts = int(of_audience[best]), int(of_all[best]), int(fresh[best])
        told: dict[str, Any] = {**_numbers(reached, best, counts, disclosure), **shares}
        chosen.append(
            AdvisedAccount(
                account_id=reached.accounts[best],
                name=reached.names[best],
                score=round(float(score[best]), 4),
                popularity=round(disclosure.rounded(counts[1]) / max(1, everybody), 4),
                **told,
            )
        )
    together = int((covered & reached.own).sum())
    shown = together if disclosure.allowed(together, people) else people
    return chosen, disclosure.count(shown) if chosen else None


def _numbers(
    reached: Reached, best: int, counts: tuple[int, int, int], disclosure: Disclosure
) -> dict[str, Any]:
    """How many of the audience an account reaches, how many more, and the TGI; null where that would point at few."""
    of_audience, of_all, fresh = counts
    people = int(reached.own.sum())
    if not disclosure.allowed(of_audience, people):
        return {"people": None, "more": None, "tgi": None}
    name = reached.names[best]
    row = Comparison(people, len(reached.persons), disclosure).row(name, of_audience, of_all)
    # The few that others reach already are passed over: the difference of the two numbers would count them.
    more = disclosure.count(fresh if disclosure.allowed(fresh, of_audience) else of_audience)
    more = None if disclosure.hidden(fresh) else more
    return {"people": disclosure.count(of_audience), "more": more, "tgi": row.tgi if row else None}


def _parts(home: Home, audience: list[str], reached: Reached) -> dict[str, Floats]:
    """Each part of the score for every account, 0 to 1; a part of which nothing is known is absent."""
    found = {"items": _items(reached), "content": _content(Lake(home), reached)}
    if (users := _users(home, audience, reached)) is not None:
        found["users"] = users
    return {name: part / part.max() for name, part in found.items() if part.size and part.max() > 0}


def _items(reached: Reached) -> Floats:
    """Item-based: cosine between the accounts' followers, over what the audience follows (B. Sarwar et al., WWW 2001)."""
    lengths = np.sqrt(np.asarray(reached.who.sum(axis=0)).ravel())
    lengths[lengths == 0] = 1.0
    unit = reached.who @ sparse.diags_array(1 / lengths)
    own = np.asarray(reached.who[np.flatnonzero(reached.own)].mean(axis=0)).ravel()
    return np.asarray(unit.T @ (unit @ own), dtype=np.float64).ravel()


def _users(home: Home, audience: list[str], reached: Reached) -> Floats | None:
    """User-based: what the people nearest to the audience, not in it, follow (P. Resnick et al., CSCW 1994)."""
    try:
        features, space = load_space(home)
    except NotMinedError:
        return None
    marked = np.zeros(len(features.persons), dtype=bool)
    marked[[features.row_of[person] for person in audience if person in features.row_of]] = True
    if not marked.any() or marked.all():
        return None
    scores = np.where(marked, -np.inf, space.rank("centroid", marked).scores)
    best = np.argsort(-scores, kind="stable")[: min(_NEIGHBOURS, int((~marked).sum()))]
    place: Mapping[str, int] = {person: at for at, person in enumerate(reached.persons)}
    rows = [place[features.persons[row]] for row in best.tolist() if features.persons[row] in place]
    return np.asarray(reached.who[rows].mean(axis=0)).ravel() if rows else None


def _content(lake: Lake, reached: Reached) -> Floats:
    """Content-based: cosine between an account's interests and the audience's, less everybody's."""
    tags = (
        lake.read("profiles", ["account_id", "person_id", "tags"])
        .explode("tags")
        .drop_nulls("tags")
        .unnest("tags")
        .select("account_id", "person_id", "tag", pl.col("level").cast(pl.Float64))
    )
    names = tags.select("tag").unique().sort("tag").with_row_index("column")
    cells = tags.join(names, on="tag")
    persons = pl.DataFrame({"person_id": reached.persons, "own": reached.own})
    own = cells.join(persons, on="person_id").group_by("column").agg(
        (pl.col("level") * pl.col("own")).sum() / max(1, int(reached.own.sum())) - pl.col("level").sum() / len(reached.persons)
    )  # fmt: skip
    wanted = np.zeros(names.height)
    wanted[own["column"].to_numpy()] = np.maximum(own["level"].to_numpy(), 0.0)
    accounts = pl.DataFrame({"account_id": reached.accounts}).with_row_index("row")
    held = cells.join(accounts, on="account_id")
    matrix = np.zeros((len(reached.accounts), names.height))
    matrix[held["row"].to_numpy(), held["column"].to_numpy()] = held["level"].to_numpy()
    lengths = np.linalg.norm(matrix, axis=1) * (np.linalg.norm(wanted) or 1.0)
    return np.asarray(matrix @ wanted / np.where(lengths > 0, lengths, 1.0), dtype=np.float64)


def _score(parts: Mapping[str, Floats], weights: Weights, accounts: int) -> Floats:
    """The weighted mean of the parts that are known."""
    known = {name: getattr(weights, name) for name in parts}
    total = sum(known.values())
    if not total:
        return np.zeros(accounts)
    return np.asarray(sum(parts[name] * weight for name, weight in known.items()) / total, dtype=np.float64)


def _shown(part: Floats | None, place: int) -> float | None:
    return None if part is None else round(float(part[place]), 4)

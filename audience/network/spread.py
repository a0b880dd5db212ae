"""Chain reaction (链式反应): which accounts, told first, reach most people, and how many that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from audience.disclosure.group import group_of
from audience.errors import NotMinedError
from audience.network.answers import SpreadAnswer, SpreadSeed
from audience.query.model import AudienceQuery
from graph.spread.cascade import simulate
from graph.spread.hearing import HEARD, equal_chances, with_hearers
from graph.spread.imm import SpreadPlan, maximise
from graph.spread.network import Ints, SpreadNetwork
from graph.spread.probabilities import learn
from graph.spread.sampling import Model
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

MAX_ACCOUNTS = 1_000
_RUNS = 2_000
_TAGS = 3


def spread(
    home: Home,
    accounts: int | None = None,
    *,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    among: AudienceQuery | str | None = None,
    reach: AudienceQuery | str | None = None,
    model: Model = Model.CASCADE,
    epsilon: float = 0.1,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> SpreadAnswer:
    """Choose ``accounts`` people, or as many as ``budget`` pays for, whose word reaches most. Needs role planner.

    Word goes from whoever is followed or reposted to whoever follows or reposts. Under independent cascade the reach is
    the number of people who hear of it; the chances of passing it on are learnt from reposts where there are any, else
    every follower hears equally from all whom they follow. Under linear threshold it is those who join. ``costs`` maps account ids to
    prices; who has none is not chosen. ``among`` is whom may be chosen (default: all who may be listed), ``reach`` whom
    to reach (default: everybody).

    Raises:
        BadInputError: numbers that make no sense, or nobody to choose from.
        NotMinedError: there are no profiles or no edges yet.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    _check(accounts, budget, costs)
    people = _People.read(Lake(home))
    network, learnt = _network(Lake(home), people, model)
    candidates, hidden = _chosen_from(home, people, network, among, disclosure)
    targets, hidden_too = _reached(home, people, network, reach, model, disclosure)
    answer = SpreadAnswer(
        hidden=bool(hidden or hidden_too),
        reason=hidden or hidden_too,
        model=model.value,
        learnt_from=learnt,
        people=disclosure.count(len(targets)),
        k=disclosure.k,
    )
    if not answer.hidden:
        plan = maximise(
            network,
            accounts,
            budget=budget,
            costs=_prices(network, people, costs),
            model=model,
            candidates=_affordable(candidates, network, people, costs),
            targets=targets,
            epsilon=epsilon,
        )
        answer = _answered(answer, plan, people, network, candidates, targets, model, disclosure)
    detail = {"accounts": accounts, "budget": budget, "among": str(among or ""), "reach": str(reach or "")}
    record(home, who, role, "spread", {**detail, "people": [seed.person_id for seed in answer.seeds]})
    return answer


def _check(accounts: int | None, budget: float | None, costs: Mapping[str, float] | None) -> None:
    if (accounts is None) == (budget is None):
        raise BadInputError(
            "say how many accounts, or how much money", "--accounts 20, or --budget with --costs"
        )
    if accounts is not None and not 1 <= accounts <= MAX_ACCOUNTS:
        raise BadInputError(f"choose 1 to {MAX_ACCOUNTS:,} accounts")
    if budget is not None and not 0 < budget < float("inf"):
        raise BadInputError("a budget is above 0")
    if budget is not None and costs is None:
        raise BadInputError("a budget needs prices", "give accounts with what each costs")
    if budget is not None and not costs:
        raise BadInputError(
            "no row of the price list names somebody who is known, with a price above 0",
            "name accounts as seeds are named (account_id, or source and handle), with a column cost",
        )
    if costs is not None and budget is None:
        raise BadInputError("prices need a budget", "add --budget")
    if costs and not all(0 < cost < float("inf") for cost in costs.values()):
        raise BadInputError("a price is above 0", "mend the cost column")


@dataclass(frozen=True, slots=True)
class _People:
    """Profiles a person: person_id, account_id, listable, name, community, influence, followers, posts, tags."""

    frame: pl.DataFrame
    person_of: pl.DataFrame  # account_id, person_id

    @classmethod
    def read(cls, lake: Lake) -> _People:
        if not lake.exists("profiles"):
            raise NotMinedError("there are no profiles yet")
        columns = ["account_id", "person_id", "listable", "public", "name", "community", "influence"]
        profiles = lake.read("profiles", columns=[*columns, "followers", "post_count", "tags"]).sort(
            "account_id"
        )
        frame = profiles.group_by("person_id", maintain_order=True).agg(
            pl.col("account_id").first(),
            pl.col("listable").fill_null(False).all(),
            pl.col("name").filter(pl.col("public")).drop_nulls().first(),
            pl.col("community").drop_nulls().first(),
            pl.col("influence").max(),
            pl.col("followers").max(),
            pl.col("post_count").fill_null(0).sum(),
            pl.col("tags").drop_nulls().first(),
        )
        return cls(frame, profiles.select("account_id", "person_id"))

    def of(self, edges: pl.DataFrame, column: str) -> pl.DataFrame:
        """The edges with the persons behind an account column; accounts without a profile are people of their own."""
        pairs = self.person_of.rename({"account_id": column})
        joined = edges.join(pairs, on=column, how="left", maintain_order="left")
        return joined.with_columns(pl.coalesce("person_id", column).alias(column)).drop("person_id")


def _network(lake: Lake, people: _People, model: Model) -> tuple[SpreadNetwork, int]:
    """Who hears from whom, and from how many reposts the chances are learnt.

    Under independent cascade it has a second node a person, who has heard (``graph.spread.hearing``). Weights of linear
    threshold are equal: how many of those whom somebody hears it takes is nothing that reposts tell.
    """
    wanted = pl.Series(["follow", "repost"]).implode()
    edges = lake.read("edges", columns=["kind", "src", "dst"], where=pl.col("kind").is_in(wanted))
    edges = people.of(people.of(edges, "src"), "dst").filter(pl.col("src") != pl.col("dst"))
    if edges.is_empty():
        raise NotMinedError("nobody was seen to follow or repost anybody yet")
    everybody = people.frame["person_id"]
    if model is Model.THRESHOLD:
        pairs = equal_chances(edges)
        return SpreadNetwork.from_edges(pairs["source"], pairs["target"], pairs["chance"], nodes=everybody), 0
    follows, reposts = (
        edges.filter(pl.col("kind") == kind).select("src", "dst") for kind in ("follow", "repost")
    )
    posts = people.frame.select(pl.col("person_id").alias("account_id"), pl.col("post_count").alias("posts"))
    pairs = equal_chances(follows) if reposts.is_empty() else learn(follows, reposts, posts)
    heard = with_hearers(pairs)
    every = pl.concat([everybody, everybody + HEARD])
    network = SpreadNetwork.from_edges(heard["source"], heard["target"], heard["chance"], nodes=every)
    return network, reposts.height


def _chosen_from(
    home: Home,
    people: _People,
    network: SpreadNetwork,
    among: AudienceQuery | str | None,
    disclosure: Disclosure,
) -> tuple[Ints, str]:
    """Node numbers of those who may be chosen, and why nobody may be told of."""
    if among is not None:
        group = group_of(home, among, disclosure)
        return _numbers(network, group.persons), group.hidden
    listable = people.frame.filter("listable")["person_id"]
    hidden = f"fewer than {disclosure.k} people who may be listed" if disclosure.hidden(len(listable)) else ""
    return network.numbers(listable), hidden


def _reached(
    home: Home,
    people: _People,
    network: SpreadNetwork,
    query: AudienceQuery | str | None,
    model: Model,
    disclosure: Disclosure,
) -> tuple[Ints, str]:
    """Node numbers of those who count as reached: the hearers, or under linear threshold those who join."""
    group = None if query is None else group_of(home, query, disclosure)
    persons = people.frame["person_id"].to_list() if group is None else group.persons
    names = persons if model is Model.THRESHOLD else [person + HEARD for person in persons]
    return _numbers(network, names), "" if group is None else group.hidden


def _numbers(network: SpreadNetwork, persons: list[str]) -> Ints:
    """Node numbers; an index that is older than the profiles may name somebody who is gone."""
    asked = pl.Series(persons, dtype=pl.String)
    return network.numbers(asked.filter(asked.is_in(network.ids.implode())))


def _costs_by_person(people: _People, costs: Mapping[str, float]) -> dict[str, float]:
    """The lowest price of a person's accounts; whom no profile knows is left out."""
    person_of = dict(people.person_of.iter_rows())
    found: dict[str, float] = {}
    for account, cost in costs.items():
        if (person := person_of.get(account)) is not None:
            found[person] = min(cost, found.get(person, cost))
    return found


def _prices(
    network: SpreadNetwork, people: _People, costs: Mapping[str, float] | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    if costs is None:
        return None
    by_person = _costs_by_person(people, costs)
    prices = np.ones(len(network))
    if by_person:
        prices[_numbers(network, list(by_person))] = list(by_person.values())
    return prices


def _affordable(
    candidates: Ints, network: SpreadNetwork, people: _People, costs: Mapping[str, float] | None
) -> Ints:
    if costs is None:
        return candidates
    priced = _numbers(network, list(_costs_by_person(people, costs)))
    both: Ints = np.intersect1d(candidates, priced)
    if not len(both):
        raise BadInputError(
            "none of the priced accounts may be chosen", "look at the names in the price list"
        )
    return both


def _answered(
    answer: SpreadAnswer,
    plan: SpreadPlan,
    people: _People,
    network: SpreadNetwork,
    candidates: Ints,
    targets: Ints,
    model: Model,
    disclosure: Disclosure,
) -> SpreadAnswer:
    listeners = np.bincount(network.source, minlength=len(network))
    followed = candidates[np.lexsort((candidates, -listeners[candidates]))][: len(plan.nodes)]
    plain = simulate(network, followed, _RUNS, model, targets=targets).spread
    rows = {row["person_id"]: row for row in people.frame.iter_rows(named=True)}
    chosen = [network.ids[int(node)] for node in plan.nodes]
    return answer.model_copy(
        update={
            "seeds": [
                _seed(place, rows[person], reach, disclosure)
                for place, (person, reach) in enumerate(
                    zip(chosen, plan.reach.tolist(), strict=True), start=1
                )
            ],
            "reach": disclosure.rounded(round(plan.spread)),
            "low": disclosure.rounded(int(plan.low)),
            "high": disclosure.rounded(int(np.ceil(plan.high))),
            "most_followed_reach": disclosure.rounded(round(plain)),
            "guarantee": round(plan.guarantee, 4),
            "sure": 1.0 - plan.delta,
        }
    )


def _seed(place: int, row: Mapping[str, object], reach: float, disclosure: Disclosure) -> SpreadSeed:
    tags = row["tags"] if isinstance(row["tags"], list) else []
    told = [tag["tag"] for tag in tags if sensitive_matter(tag["tag"]) is None]
    followers = row["followers"]
    return SpreadSeed(
        rank=place,
        person_id=str(row["person_id"]),
        account_id=str(row["account_id"]),
        name=None if row["name"] is None else str(row["name"]),
        community=None if row["community"] is None else str(row["community"]),
        influence=None if row["influence"] is None else int(str(row["influence"])),
        followers=None if followers is None else disclosure.rounded(int(str(followers))),
        tags=told[:_TAGS],
        reach=disclosure.rounded(round(reach)),
    )

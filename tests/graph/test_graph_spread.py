"""Spreading: the choice and its estimates against every possible world of small graphs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest

from graph.spread import sampling
from graph.spread.cascade import simulate
from graph.spread.coverage import choose, hits
from graph.spread.hearing import HEARD, equal_chances, with_hearers
from graph.spread.imm import BY_COST, BY_NUMBER, maximise
from graph.spread.network import SpreadNetwork
from graph.spread.probabilities import learn
from graph.spread.sampling import Model, draw

EDGES = [
    ("a", "b", 0.6), ("a", "c", 0.3), ("b", "d", 0.5), ("c", "d", 0.4), ("d", "a", 0.2), ("e", "f", 0.9),
    ("f", "g", 0.5), ("g", "e", 0.1), ("c", "g", 0.2), ("h", "c", 0.3),
]  # fmt: skip


def small() -> SpreadNetwork:
    source, target, chance = zip(*EDGES, strict=True)
    return SpreadNetwork.from_edges(source, target, chance, nodes=["lonely"])


def exact(seeds: set[str], targets: set[str] | None = None) -> float:
    """The expected number reached under independent cascade, over all 2^10 sets of edges that carry."""
    total = 0.0
    for carried in itertools.product((False, True), repeat=len(EDGES)):
        weight = math.prod(p if on else 1 - p for (_, _, p), on in zip(EDGES, carried, strict=True))
        reached = set(seeds)
        while more := {
            v
            for (u, v, _), on in zip(EDGES, carried, strict=True)
            if on and u in reached and v not in reached
        }:
            reached |= more
        total += weight * len(reached if targets is None else reached & targets)
    return total


def random_network(nodes: int, edges: int, seed: int = 3) -> SpreadNetwork:
    ends = np.random.default_rng(seed).zipf(1.6, (edges, 2)) % nodes
    return SpreadNetwork.from_edges(ends[:, 0], ends[:, 1])


def test_simulation_and_sets_estimate_the_exact_spread() -> None:
    network = small()
    for names in ({"a"}, {"a", "e"}, {"h", "c"}):
        truth, nodes = exact(names), network.numbers(sorted(names))
        played = simulate(network, nodes, 40_000)
        assert abs(played.spread - truth) < 2.5 * (played.high - played.low) / 2
        sets = draw(network, Model.CASCADE, 0, 200_000, seed=5)
        share = hits(sets, len(network), nodes) / len(sets)
        error = len(network) * math.sqrt(share * (1 - share) / len(sets))
        assert abs(len(network) * share - truth) < 5 * error


def test_the_choice_is_the_best_of_all_pairs() -> None:
    network = small()
    plan = maximise(network, 2, epsilon=0.1)
    best = max(itertools.combinations("abcdefgh", 2), key=lambda pair: exact(set(pair)))
    chosen = {network.ids[int(node)] for node in plan.nodes}
    assert exact(chosen) >= plan.guarantee * exact(set(best))
    assert exact(chosen) == pytest.approx(exact(set(best)), rel=0.02)
    assert plan.low <= exact(chosen) <= plan.high
    assert plan.guarantee == pytest.approx(BY_NUMBER - 0.1)
    assert plan.reach[-1] == pytest.approx(plan.spread, rel=0.05)


def test_only_candidates_are_chosen_and_only_targets_count() -> None:
    network = small()
    candidates, targets = network.numbers(["b", "c", "h"]), network.numbers(["d", "g"])
    plan = maximise(network, 1, candidates=candidates, targets=targets)
    best = max("bch", key=lambda name: exact({name}, {"d", "g"}))
    assert network.ids[int(plan.nodes[0])] == best
    assert plan.low <= exact({best}, {"d", "g"}) <= plan.high


def test_money_is_not_overspent_and_a_dear_account_must_be_worth_it() -> None:
    network = small()
    costs = np.ones(len(network))
    costs[network.numbers(["a"])] = 3.0
    plan = maximise(network, budget=3.0, costs=costs)
    assert costs[plan.nodes].sum() <= 3.0
    assert plan.factor == BY_COST
    feasible = (
        set(names)
        for size in (1, 2, 3)
        for names in itertools.combinations("abcdefgh", size)
        if costs[network.numbers(names)].sum() <= 3.0
    )
    chosen = {network.ids[int(node)] for node in plan.nodes}
    assert exact(chosen) >= plan.guarantee * max(map(exact, feasible))


def test_one_dear_account_beats_cheap_ones_that_reach_nobody() -> None:
    leaves = [f"x{n}" for n in range(60)]
    network = SpreadNetwork.from_edges(["hub"] * 60, leaves, [1.0] * 60)
    costs = np.full(len(network), 1.0)
    costs[network.numbers(["hub"])] = 50.0
    plan = maximise(network, budget=50.0, costs=costs)
    assert [network.ids[int(node)] for node in plan.nodes] == ["hub"]
    assert plan.low <= 61.0 <= plan.high + 1e-9


@pytest.mark.parametrize("model", list(Model))
def test_sets_and_simulation_agree_on_a_larger_graph(model: Model) -> None:
    network = random_network(2_000, 12_000)
    plan = maximise(network, 10, model=model, epsilon=0.3)
    played = simulate(network, plan.nodes, 4_000, model)
    assert played.low <= plan.high
    assert plan.low <= played.high
    by_degree = np.argsort(-np.bincount(network.source, minlength=len(network)))[:10].astype(np.int32)
    assert played.spread >= 0.98 * simulate(network, by_degree, 4_000, model).spread


def test_jumping_over_failures_draws_the_same_sets_in_distribution() -> None:
    sources = [f"s{n:02d}" for n in range(40)]
    network = SpreadNetwork.from_edges(sources, ["end"] * 40, [0.05] * 40)
    end = network.numbers(["end"])
    sets = draw(network, Model.CASCADE, 0, 60_000, seed=2, targets=end)
    sizes = np.diff(sets.start) - 1
    assert network.skip[end[0]] < 0
    assert sizes.mean() == pytest.approx(2.0, abs=5 * math.sqrt(1.9 / 60_000))
    assert sizes.var() == pytest.approx(1.9, rel=0.05)
    each = np.bincount(sets.members, minlength=len(network))[network.numbers(sources)] / len(sets)
    assert np.all(np.abs(each - 0.05) < 5 * math.sqrt(0.05 * 0.95 / 60_000))


def test_the_same_seed_gives_the_same_plan_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(3_000, 9_000)
    two = maximise(network, 5, epsilon=0.3)
    monkeypatch.setattr(sampling, "_THREADS", 1)
    one = maximise(network, 5, epsilon=0.3)
    assert two.nodes.tolist() == one.nodes.tolist()
    assert two.spread == one.spread
    assert maximise(network, 5, epsilon=0.3, seed=8).spread != one.spread


def test_a_cap_on_the_sets_is_said_in_the_guarantee() -> None:
    plan = maximise(random_network(3_000, 9_000), 5, epsilon=0.05, most_sets=2_000)
    assert plan.epsilon > 0.05
    assert plan.guarantee < BY_NUMBER - 0.05


def test_weighted_cascade_is_one_over_the_number_of_in_edges() -> None:
    network = SpreadNetwork.from_edges(["a", "b", "b", "c", "x"], ["x", "x", "x", "x", "x"])
    assert network.chance.tolist() == pytest.approx([1 / 3] * 3)  # the repeat is one edge, the loop none
    given = SpreadNetwork.from_edges(["a", "a"], ["x", "x"], [0.5, 0.5])
    assert given.chance.tolist() == pytest.approx([0.75])


@pytest.mark.parametrize("chance", [[float("nan")], [-0.1], [1.1]])
def test_chances_that_are_none_are_refused(chance: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        SpreadNetwork.from_edges(["a"], ["b"], chance)


def test_threshold_weights_above_one_are_refused() -> None:
    network = SpreadNetwork.from_edges(["a", "b"], ["x", "x"], [0.7, 0.7])
    with pytest.raises(ValueError, match="at most 1"):
        maximise(network, 1, model=Model.THRESHOLD)
    with pytest.raises(ValueError, match="at most 1"):
        simulate(network, network.numbers(["a"]), model=Model.THRESHOLD)


def test_an_empty_graph_and_more_accounts_than_there_are() -> None:
    empty = SpreadNetwork.from_edges([], [])
    assert maximise(empty, 3).spread == 0
    pair = SpreadNetwork.from_edges(["a"], ["b"], [1.0])
    plan = maximise(pair, 99)
    assert plan.spread == 2.0
    assert len(plan.nodes) == 1  # the other has nothing left to gain


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "either"),
        ({"k": 1, "budget": 2.0}, "either"),
        ({"k": 0}, "at least 1"),
        ({"budget": 1.0}, "cost above 0"),
        ({"budget": -1.0, "costs": np.ones(9)}, "cost above 0"),
        ({"k": 1, "epsilon": 1.5}, "between 0 and 1"),
        ({"k": 1, "delta": 0.0}, "between 0 and 1"),
    ],
)
def test_questions_that_make_no_sense_are_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        maximise(small(), **arguments)  # type: ignore[arg-type]


def test_an_id_that_is_not_in_the_network_is_named() -> None:
    with pytest.raises(KeyError, match="nobody"):
        small().numbers(["a", "nobody"])


def test_greedy_covers_what_it_says() -> None:
    sets = draw(random_network(500, 3_000), Model.CASCADE, 0, 5_000, seed=1)
    allowed = np.ones(500, np.bool_)
    choice = choose(sets, 500, 8, allowed)
    gains = np.diff([0, *choice.covered])
    assert hits(sets, 500, choice.nodes) == choice.hit
    assert np.all(np.diff(gains) <= 0)


def test_chances_are_learnt_from_reposts_and_drawn_to_the_mean() -> None:
    follows = pl.DataFrame({"src": ["f", "g", "f"], "dst": ["a", "a", "f"]})
    reposts = pl.DataFrame({"src": ["f"] * 6 + ["h"], "dst": ["a"] * 6 + ["b"]})
    posts = pl.DataFrame({"account_id": ["a", "b"], "posts": [60, 10]})
    learnt = learn(follows, reposts, posts, prior_posts=20.0)
    mean = 7 / (60 + 60 + 10)
    chances = {(row["source"], row["target"]): row["chance"] for row in learnt.iter_rows(named=True)}
    assert chances == {
        ("a", "f"): pytest.approx((6 + 20 * mean) / 80),
        ("a", "g"): pytest.approx((0 + 20 * mean) / 80),
        ("b", "h"): pytest.approx((1 + 20 * mean) / 30),
    }


def test_without_history_nothing_is_learnt() -> None:
    nothing = pl.DataFrame({"src": [], "dst": []}, schema={"src": pl.String, "dst": pl.String})
    posts = pl.DataFrame({"account_id": ["a"], "posts": [3]})
    learnt = learn(pl.DataFrame({"src": ["f"], "dst": ["a"]}), nothing, posts)
    assert learnt["chance"].to_list() == [0.0]


def test_hearers_are_those_whom_a_teller_has() -> None:
    """Exact: a person hears with the chance that one they listen to is reached, or they are told."""
    pairs = equal_chances(pl.DataFrame({"src": ["b", "c", "c", "d"], "dst": ["a", "a", "b", "c"]}))
    assert dict(pairs.select(pl.concat_str("source", "target"), "chance").iter_rows()) == {
        "ab": 1.0, "ac": 0.5, "bc": 0.5, "cd": 1.0,
    }  # fmt: skip
    quiet = with_hearers(pairs.with_columns(pl.lit(0.5).alias("chance")))
    network = SpreadNetwork.from_edges(quiet["source"], quiet["target"], quiet["chance"])
    hearers = network.numbers([person + HEARD for person in "abcd"])
    told = simulate(network, network.numbers(["a"]), 40_000, targets=hearers)
    passes_on = 1 - 0.5 * (1 - 0.5 * 0.5)  # c hears from a, or from b where b has passed it on
    assert abs(told.spread - (3 + passes_on)) < 2.5 * (told.high - told.low) / 2

"""The planted truth: complete, streamed, and of one mind with the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from sandbox.lexicon import load_interests
from sandbox.truth import facts, write_truth
from sandbox.world import World

END = datetime(2026, 9, 1, tzinfo=UTC)


def test_truth_lines(tmp_path: Path) -> None:
    world = World.generate(400, 30, 7, END)
    path = tmp_path / "truth.jsonl"
    count = write_truth(world, path)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert len(lines) == count
    kinds = Counter(line["kind"] for line in lines)
    assert kinds["post"] == len(world.micro.posts) + len(world.forum.posts)
    assert kinds["account"] == len(world.population)
    assert kinds["burst"] == 4
    assert kinds["brand"] == 11
    assert kinds["overlap"] == 55
    assert lines[0] == {
        "kind": "meta", "users": 400, "days": 30, "seed": 7,
        "start": "2026-08-02T00:00:00Z", "end": "2026-09-01T00:00:00Z",
    }  # fmt: skip
    names = {interest.name for interest in load_interests()}
    accounts = {(a["source"], a["native_id"]): a for a in lines if a["kind"] == "account"}
    assert len(accounts) == kinds["account"]
    posts = [line for line in lines if line["kind"] == "post"]
    assert len({(p["source"], p["native_id"]) for p in posts}) == len(posts)
    for post in posts:
        author = accounts[post["source"], post["author"]]
        assert not post["visible"] or author["visible"]
        assert post["interest"] is None or post["interest"] in names
        assert set(post["passing"]) <= names
        assert post["intent"] in (None, "own", "ask", "compare", "complain", "recommend")
    assert all(set(a["interests"]) <= names for a in accounts.values())


def test_overlap_counts_hidden_followers_too() -> None:
    world = World.generate(400, 30, 7, END)
    overlap = next(f for f in facts(world) if f["kind"] == "overlap")
    a, b = (set(world.follows.followers(i).tolist()) for i in (0, 1))
    assert (overlap["size_a"], overlap["size_b"], overlap["both"]) == (len(a), len(b), len(a & b))
    assert overlap["jaccard"] == len(a & b) / len(a | b)
    assert any(world.population.hides_follows[list(a | b)])


def test_truth_streams() -> None:
    stream = facts(World.generate(400, 30, 7, END))
    assert isinstance(stream, Iterator)
    assert next(stream)["kind"] == "meta"

"""Requests a second of ``renqun serve``, loaded from the same machine, with all that stands before an answer."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from audience.engines.base import Engine
from audience.index.opened import open_index
from audience.query.model import AudienceQuery
from bench.audience.bands import SCOPE, pool, queries
from bench.audience.home import indexed_home
from bench.audience.indexing import scratch
from bench.audience.peers import BUCKETS, FACETS, TOP
from bench.audience.profiles import PEOPLE, QUICK_PEOPLE
from bench.child import in_child
from bench.figures import Figure, Say
from privacy.home import Home

TASK = "http"
BANDS = (0.001, 0.01)
GOAL_BOTH, GOAL_MEMBERS, GOAL_P99_MS, GOAL_OVERHEAD_MS = 150.0, 500.0, 50.0, 5.0
_CONNECTIONS = 8
_ROUNDS = 4  # of connections, before any are timed
_REQUESTS = 300  # a band and kind of request: all of them distinct
_TOLD = 100  # what fewer people have may not be asked for
_ALONE = 60  # a band, one after another
_FIRST = 50  # a band, before any are timed: a worker's first ones take what they look at into its memory


def measure(quick: bool, say: Say) -> Iterator[Figure]:
    """Members with facets, then members alone, then one request at a time beside the engine."""
    yield from figures(QUICK_PEOPLE if quick else PEOPLE, _REQUESTS, say)


def figures(people: int, requests: int, say: Say) -> Iterator[Figure]:
    """The figures of so many profiles and requests a band; no query is asked for twice."""
    home = indexed_home(people, say)
    engine = open_index(home).engine
    say(f"{TASK}: drawing queries")
    conditions = [(node, share) for node, share in pool(engine, with_words=False) if share * people >= _TOLD]
    number = 2 * requests + _ALONE + _FIRST
    bands = [queries(engine, conditions, band, number) for band in BANDS if band * people >= _TOLD]
    asked = [query for together in zip(*bands, strict=False) for query in together]
    first, asked = asked[: len(bands) * _FIRST], asked[len(bands) * _FIRST :]
    half = (len(asked) - len(bands) * _ALONE) // 2
    full = people == PEOPLE
    os.sync()  # what made the home is still being written, and each answer's entry would wait for that
    with serving(home) as url:
        # Each worker reads the index at its first request, and one comes up before the other.
        for _ in range(_ROUNDS):
            _load(url, [_body(AudienceQuery(), facets=True)] * (8 * _CONNECTIONS))
        _load(url, [_body(query, facets=True) for query in first])
        for what, some, facets, goal in (
            ("20 members and 8 facets", asked[:half], True, GOAL_BOTH),
            ("20 members", asked[half : 2 * half], False, GOAL_MEMBERS),
        ):
            load = _load(url, [_body(query, facets) for query in some])
            yield Figure(
                task=TASK,
                metric=f"{what}, {_CONNECTIONS} connections, {people:,} people",
                value=round(len(some) / load["seconds"]),
                unit="requests/s",
                goal=goal if full else None,
                seconds=round(load["seconds"], 1),
            )
            yield Figure(
                task=TASK,
                metric=f"{what}, p99",
                value=round(quantiles(load["took"], n=100)[-1] * 1000, 1),
                unit="ms",
                goal=GOAL_P99_MS if full else None,
                lower_is_better=True,
            )
        yield _overhead(url, engine, asked[2 * half :], full)


def _overhead(url: str, engine: Engine, asked: Sequence[AudienceQuery], full: bool) -> Figure:
    """What a request takes beyond the engine's count, members and facets of the same query."""
    alone = []
    for query in asked:
        began = perf_counter()
        engine.count(query, SCOPE)
        engine.search(query, SCOPE, TOP)
        engine.facets(query, SCOPE, FACETS, BUCKETS)
        alone.append(perf_counter() - began)
    took = _load(url, [_body(query, facets=True) for query in asked], connections=1)["took"]
    beyond = [whole - engines for whole, engines in zip(took, alone, strict=True)]
    return Figure(
        task=TASK,
        metric="one request beyond the engine's time, p50",
        value=round(median(beyond) * 1000, 2),
        unit="ms",
        goal=GOAL_OVERHEAD_MS if full else None,
        lower_is_better=True,
    )


@contextmanager
def serving(home: Home) -> Iterator[str]:
    """``renqun serve`` on a free port in a process of its own; its address."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", "2"]
    child = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "RENQUN_HOME": str(home.root)},
    )
    try:
        assert child.stderr is not None
        line = child.stderr.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"renqun serve did not start: {line}{child.stderr.read()}")
        yield found[0]
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)


def _body(query: AudienceQuery, facets: bool) -> bytes:
    asked = {
        "query": query.model_dump(mode="json"),
        "limit": TOP,
        "facets": list(FACETS) if facets else False,
    }
    return json.dumps(asked).encode()


def _load(url: str, bodies: Sequence[bytes], connections: int = _CONNECTIONS) -> dict[str, Any]:
    """``seconds`` of all and ``took``, those of each, from a client in a process of its own."""
    file = scratch() / "bodies.jsonl"
    file.write_bytes(b"\n".join(bodies))
    return in_child("bench.audience.load:timed", url, str(file), str(connections))

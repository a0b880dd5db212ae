"""Annotating in worker processes gives what this process gives, in the same order, also when a worker dies."""

from __future__ import annotations

import os

import polars as pl
import pytest

from lake.store import Lake
from mining import annotate as one_process
from mining import annotators
from mining.annotators import Annotators
from mining.brands import Tracked
from mining.models import Models
from privacy.home import Home


@pytest.mark.timeout(180)
def test_workers_give_the_same_rows_in_the_same_order(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_process, "BATCH", 250)
    posts = Lake(small_home).read("posts").sort("id")
    models, tracked = Models.fit(posts), Tracked(small_home)
    alone = [one_process.annotate_batch(batch, models, tracked) for batch in one_process.batches(posts)]
    before = dict(os.environ)
    with Annotators(models, tracked, workers=2) as pool:
        assert list(pool.run(posts)) == alone
        # A worker that dies costs nothing but its speed: what is left is done here.
        answers = pool.run(posts)
        first = next(answers)
        for process in list(pool._pool._processes.values()):
            process.kill()
        assert [first, *answers] == alone
        assert list(pool.run(pl.DataFrame(schema=posts.schema))) == []
    assert dict(os.environ) == before
    seen: list[int] = []
    assert list(annotators.annotate(posts, models, tracked, seen.append)) == alone
    assert sum(seen) == posts.height

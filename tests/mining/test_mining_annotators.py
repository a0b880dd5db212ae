"""Annotating in worker processes gives what this process gives, in the same order, also when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

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
        assert dict(os.environ) == before, "only the workers are held to one thread"
        for process in multiprocessing.active_children():
            assert b"POLARS_MAX_THREADS=1\0" in Path(f"/proc/{process.pid}/environ").read_bytes()
        assert list(pool.run(posts)) == alone
        # A worker that dies costs nothing but its speed: what is left is done here.
        answers = pool.run(posts)
        first = next(answers)
        for process in multiprocessing.active_children():
            process.kill()
        assert [first, *answers] == alone
        assert list(pool.run(posts)) == alone
        assert list(pool.run(pl.DataFrame(schema=posts.schema))) == []
    assert dict(os.environ) == before
    seen: list[int] = []
    assert list(annotators.annotate(posts, models, tracked, seen.append)) == alone
    assert sum(seen) == posts.height


def test_a_worker_that_dies_in_the_middle_of_an_answer_is_not_waited_for(small_home: Home) -> None:
    posts = Lake(small_home).read("posts")
    worker = annotators._Worker(Models.fit(posts), Tracked(small_home))
    worker._pipe.send(pl.concat([posts] * 20))
    assert worker._pipe.poll(120), "the answer begins, and is longer than what the pipe holds"
    worker.process.kill()
    with pytest.raises((EOFError, OSError)):
        worker._pipe.recv()
    assert worker.annotated(posts) is None
    worker.close()


def test_what_fails_in_a_worker_is_raised_here(small_home: Home) -> None:
    posts = Lake(small_home).read("posts").head(10)
    models, tracked = Models.fit(Lake(small_home).read("posts")), Tracked(small_home)
    with Annotators(models, tracked, workers=1) as pool, pytest.raises(pl.exceptions.ColumnNotFoundError):
        list(pool.run(posts.drop("text")))

"""The crawl benchmark compares like with like: both crawls read the same pages and find the same items."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import crawl


@pytest.mark.xdist_group("crawls")
def test_both_crawls_do_the_same_work(tmp_path: Path) -> None:
    with crawl._pages(users=120, days=2) as urls:
        for spider in crawl.SPIDERS:
            told: list[str] = []
            figures = list(crawl._compare(spider, urls[spider], tmp_path, 1, told.append))
            assert [figure.metric for figure in figures] == ["pages a second", "CPU time a page"]
            assert figures[0].goal == crawl.GOAL
            assert all(figure.value > 0 and figure.peer_value for figure in figures)
            assert told[0].startswith(f"{spider} 1/1: ")

"""What evidence is read from: the posts, edges and grounds of the accounts asked for, all of them and no others."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from audience.index import shelf
from audience.index.shelf import Shelf, write_shelf
from lake.store import Lake
from privacy.home import Home
from tests.audience.audience_world import BRANDS, account_id, own_world

ASKED = [account_id(number) for number in (3, 250, 17, 17)] + ["u" + "0" * 32, "u" + "f" * 32]


@pytest.fixture(scope="module")
def home() -> Home:
    return own_world("shelf")[0]


def _shelf(home: Home, folder: Path) -> Shelf:
    write_shelf(home, folder)
    return Shelf(folder)


@pytest.mark.parametrize(("part", "expected_runs"), [(1, 1), (2, 16), (20, 256)])
def test_posts_are_those_of_the_lake_however_many_runs_they_lie_in(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, expected_runs: int
) -> None:
    monkeypatch.setattr(shelf, "_RUN", Lake(home).read("annotations").height // part)
    found = _shelf(home, tmp_path).posts(ASKED)
    runs = len(list((tmp_path / shelf.FOLDER).glob("posts-*.arrow")))
    assert runs == expected_runs
    lake = Lake(home)
    texts = lake.read("posts", columns=["id", "text"]).rename({"id": "post_id"})
    expected = (
        lake.read("annotations")
        .filter("searchable", pl.col("account_id").is_in(ASKED))
        .join(texts, on="post_id")
    )
    assert found.num_rows == expected.height > 0
    assert set(found["post_id"].to_pylist()) == set(expected["post_id"])
    assert dict(zip(found["post_id"].to_pylist(), found["text"].to_pylist(), strict=True)) == dict(
        expected.select("post_id", "text").iter_rows()
    )
    for words in found["words"].to_pylist():
        assert (words[0], words[-1]) == (" ", " ")


def test_edges_are_those_to_tracked_accounts(home: Home, tmp_path: Path) -> None:
    everybody = Lake(home).read("profiles", columns=["account_id"])["account_id"].to_list()
    found = _shelf(home, tmp_path).edges(everybody)
    edges = Lake(home).read("edges", columns=["src", "dst"])
    assert found.num_rows == edges.height > 0
    assert set(found["brand"].to_pylist()) <= set(BRANDS)
    pairs = set(zip(found["src"].to_pylist(), found["dst"].to_pylist(), strict=True))
    assert pairs == set(edges.iter_rows())


def test_a_home_without_posts_has_an_empty_shelf(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    empty = _shelf(Home(tmp_path / "home"), tmp_path / "index")
    for kind in (empty.posts, empty.edges, empty.grounds):
        assert kind(ASKED).num_rows == 0


def test_who_is_withheld_is_not_put_on_the_shelf(tmp_path: Path) -> None:
    from privacy.optouts import block

    home = own_world("shelf-withheld")[0]
    block(home, [ASKED[0]])
    on_it = _shelf(home, tmp_path).posts(ASKED)
    assert on_it.num_rows > 0
    assert ASKED[0] not in on_it["account_id"].to_pylist()


def test_a_title_is_part_of_the_text_as_words_are_cut_from_it(tmp_path: Path) -> None:
    home = own_world("shelf-title")[0]
    lake = Lake(home)
    post = lake.read("annotations").filter("searchable").row(0, named=True)
    titled = pl.when(pl.col("id") == post["post_id"]).then(pl.lit("求推荐露营灯")).otherwise("title")
    lake.replace("posts", lake.read("posts").with_columns(titled.alias("title")).to_arrow())
    found = _shelf(home, tmp_path).posts([post["account_id"]]).to_pylist()
    assert next(row for row in found if row["post_id"] == post["post_id"])["text"].startswith(
        "求推荐露营灯 周末"
    )

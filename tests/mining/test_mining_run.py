from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lake.store import Lake
from mining.fresh import is_fresh
from mining.run import mine
from privacy.errors import BadInputError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows

DERIVED = ("annotations", "topics", "trends", "bursts", "influence", "communities", "profiles")


def tables(home: Home) -> dict[str, pl.DataFrame]:
    lake = Lake(home)
    frames = {name: lake.read(name) for name in DERIVED}
    keys = {
        "annotations": "post_id",
        "topics": "topic",
        "bursts": "burst",
        "trends": ["kind", "item", "grain", "at"],
    }
    return {name: frame.sort(keys.get(name, "account_id")) for name, frame in frames.items()}


def test_profiles_tell_themes_regions_and_follows(small_home: Home) -> None:
    report = mine(small_home, as_of=AS_OF)
    assert report.refitted
    assert report.annotated == 90 * 12
    profiles = Lake(small_home).read("profiles")
    assert profiles.height == 90
    tagged = profiles.explode("tags").drop_nulls("tags").unnest("tags")
    camping = tagged.filter(pl.col("tag") == "露营")
    assert camping.height >= 27
    assert camping["level"].is_between(1, 10).all()
    assert (camping["evidence"].list.len() > 0).all()
    assert set(profiles["region"].unique()) == {"上海", "北京"}
    assert profiles.filter(pl.col("follows").list.contains("山野")).height >= 1
    assert profiles["name"].drop_nulls().len() <= 1


def test_nothing_new_is_nothing_to_do(small_home: Home) -> None:
    assert not is_fresh(small_home)
    mine(small_home, as_of=AS_OF)
    assert is_fresh(small_home)
    assert is_fresh(small_home, AS_OF)
    collect(small_home, raw_rows(range(90, 93), 6, seed=2), "run-2")
    assert not is_fresh(small_home)


def test_missing_or_cut_off_features_are_made_again(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    matrix = small_home.models / "features" / "matrix.npz"
    whole = matrix.read_bytes()
    matrix.write_bytes(whole[:-100])
    assert not is_fresh(small_home)
    matrix.unlink()
    assert not is_fresh(small_home)
    mine(small_home, as_of=AS_OF)
    assert matrix.read_bytes() == whole
    assert is_fresh(small_home)


def test_the_freshness_check_imports_nothing_heavy(small_home: Home) -> None:
    code = (
        "import sys; from mining.fresh import is_fresh; from privacy.home import Home; is_fresh(Home.find(sys.argv[1]));"
        "print(sorted({'polars', 'deltalake', 'sklearn', 'gensim', 'networkx', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(small_home.root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_increment_gives_what_a_full_run_gives(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    collect(small_home, raw_rows(range(80, 100), 5, seed=3, first_post=100), "run-2")
    report = mine(small_home, as_of=AS_OF)
    assert report.annotated == 20 * 5
    assert not report.refitted
    by_increment = tables(small_home)
    report = mine(small_home, as_of=AS_OF, full=True)
    assert report.annotated == 90 * 12 + 20 * 5
    for name, frame in tables(small_home).items():
        assert_frame_equal(by_increment[name], frame, check_exact=True)


def test_phrases_are_terms_of_their_own(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    annotations = Lake(small_home).read("annotations")
    phrases = set(annotations["phrases"].explode().drop_nulls())
    assert phrases
    terms = Lake(small_home).read("trends").filter(pl.col("kind") == "term")["item"]
    assert phrases & set(terms)


def test_an_edited_post_is_annotated_again(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    rows = raw_rows(range(1), 1, seed=4)
    rows.posts[0]["text"] = "这款猫粮和猫砂我都回购了"
    collect(small_home, rows, "run-2")
    mine(small_home, as_of=AS_OF)
    annotations = Lake(small_home).read("annotations")
    assert annotations.height == 90 * 12
    assert annotations.filter(pl.col("words").str.contains("回购")).height == 1


def test_an_empty_lake_is_refused(tmp_path: object) -> None:
    with pytest.raises(BadInputError, match="no posts"):
        mine(Home.find(str(tmp_path)))

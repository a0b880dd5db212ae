"""Counted posts against a count by hand: windows, steps, persons over accounts, what is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from lake.schemas import PROFILES
from lake.store import Lake
from mining.counted import FLOOR, with_counted
from mining.run import mine
from privacy.home import Home
from tests.mining.small_lake import AS_OF as LAKE_AS_OF

AS_OF = datetime(2026, 8, 1, tzinfo=UTC)


def _profiles(persons: dict[str, str]) -> pl.DataFrame:
    blank = pl.from_arrow(PROFILES.schema.empty_table())
    assert isinstance(blank, pl.DataFrame)
    rows = pl.DataFrame({"account_id": list(persons), "person_id": list(persons.values())})
    return pl.concat([blank, rows], how="diagonal")


def _post(
    account: str, days: float, words: str, tags: tuple[str, ...] = (), searchable: bool = True
) -> dict[str, object]:
    at = AS_OF - timedelta(days=days)
    return {
        "account_id": account,
        "created_at": at,
        "words": words,
        "tags": list(tags),
        "searchable": searchable,
    }


def _counted(
    posts: list[dict[str, object]], persons: dict[str, str], words: list[str]
) -> dict[str, list[str]]:
    crowd = {f"c{n}": f"c{n}" for n in range(FLOOR)}
    everybody = [_post(account, 80, "露营 帐篷") for account in crowd]
    table = with_counted(_profiles({**crowd, **persons}), pl.DataFrame(everybody + posts), words, AS_OF)
    assert table.columns == PROFILES.schema.names
    return dict(
        table.filter(pl.col("account_id").is_in(list(persons))).select("account_id", "counted").iter_rows()
    )


def test_windows_steps_and_linked_accounts() -> None:
    posts = [_post("a", days, "去 露营 露营") for days in (1, 6, 20)] + [_post("b", 29, "咖啡", ("露营",))]
    posts += [_post("b", 60, "露营") for _ in range(6)]
    found = _counted(posts, {"a": "a", "b": "a"}, ["露营", "帐篷"])
    assert found["a"] == found["b"]
    assert set(found["a"]) == {
        *(f"露营/7>={n}" for n in (1, 2)),
        *(f"露营/30>={n}" for n in (1, 2, 3)),
        *(f"露营/90>={n}" for n in (1, 2, 3, 5, 10)),
    }


def test_what_does_not_count() -> None:
    posts = [
        _post("a", -1, "露营"),  # written after the moment of mining: a clock that runs ahead
        _post("a", 91, "露营"),
        _post("a", 1, "露营", searchable=False),
        _post("a", 1, "少见词"),
        _post("a", 1, "帐"),
        _post("a", 1, "帐篷"),
    ]
    found = _counted(posts, {"a": "a", "silent": "silent"}, ["露营", "少见词", "帐"])
    assert found == {"a": [], "silent": []}


def test_a_mined_home_counts_its_posts(small_home: Home) -> None:
    mine(small_home, as_of=LAKE_AS_OF)
    lake = Lake(small_home)
    tagged = lake.read("annotations").filter(pl.col("tags").list.contains("露营"))
    often = tagged.group_by("account_id").len().filter(pl.col("len") >= 5)["account_id"]
    profiles = lake.read("profiles").filter(pl.col("account_id").is_in(often.implode()))
    assert profiles.height
    assert profiles["counted"].list.contains("露营/30>=5").all()

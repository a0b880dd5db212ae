"""Facets of declared facts say of how many people each is declared and of how many touchpoints tell it, if both may be told."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audience.index.build import build
from audience.search.answers import FacetValue
from audience.search.ask import begun, search
from audience.search.question import read_question
from privacy.home import Home
from tests.audience.audience_world import Reference, profiles, write_world

FACTS = ("gender", "age", "education", "occupation", "customer", "value")


def _rows(touched: int, declared: int, accounts: int = 400) -> list[dict[str, Any]]:
    """People of whom so many are women by touchpoints, so many by their own page; the others are men of their own word."""
    rows = [row | {"person_id": row["account_id"]} for row in profiles(accounts)]
    for number, row in enumerate(rows):
        by_touchpoints, woman = number < touched, number < touched + declared
        row["gender"] = "f" if woman else "m"
        row["origins"] = json.dumps({"gender": "touchpoints" if by_touchpoints else "declared"})
    return rows


def _facet(
    root: Path, rows: list[dict[str, Any]], field: str = "gender", query: str = ""
) -> dict[str, FacetValue]:
    home = write_world(root, rows)
    build(home)
    [facet] = search(home, query, limit=0, facets=[field]).facets
    return {value.value: value for value in facet.values}


def _parts(value: FacetValue) -> tuple[int | None, int | None]:
    return value.declared, value.touchpoints


@pytest.mark.parametrize(
    ("touched", "declared", "told"),
    [
        (63, 104, (105, 65)),
        (20, 20, (20, 20)),
        (0, 61, (60, 0)),
        (61, 0, (0, 60)),
        # Where one part is few people the other would give it away: the count less the part that is told.
        (19, 120, (None, None)),
        (120, 19, (None, None)),
        (1, 200, (None, None)),
        (200, 1, (None, None)),
        (19, 19, (None, None)),
    ],
)
def test_both_parts_are_told_or_neither(
    touched: int, declared: int, told: tuple[int | None, int | None], tmp_path: Path
) -> None:
    values = _facet(tmp_path, _rows(touched, declared))
    assert values["f"].count == 5 * ((touched + declared + 2) // 5)
    assert _parts(values["f"]) == told
    assert _parts(values["m"]) == (5 * ((400 - touched - declared + 2) // 5), 0)


def test_all_facts_have_parts_that_are_those_of_the_slow_reading(tmp_path: Path) -> None:
    rows = profiles(900)
    for number, row in enumerate(rows):
        said = (
            {"gender": "touchpoints", "education": "touchpoints"}
            if number % 3 == 0
            else {"age_band": "touchpoints"}
        )
        row["origins"] = (
            None
            if number % 5 == 0
            else json.dumps({**said, "customer": ("declared", "touchpoints")[number % 2]})
        )
    home, reference = write_world(tmp_path, rows), Reference(rows)
    build(home)
    answer = search(home, "", limit=0, facets=True)
    compared = 0
    for facet in answer.facets:
        for value in facet.values:
            if facet.field not in FACTS:
                assert _parts(value) == (None, None)
                continue
            people = [p for p in reference.people.values() if reference.single(p, facet.field) == value.value]
            touched = sum(reference.origin(p, facet.field) == "touchpoints" for p in people)
            parts = (len(people) - touched, touched)
            may = all(part == 0 or part >= 20 for part in parts)
            assert _parts(value) == (tuple(5 * ((part + 2) // 5) for part in parts) if may else (None, None))
            compared += may
    assert compared > 8


def test_a_person_of_two_accounts_has_the_origin_of_the_account_that_speaks(tmp_path: Path) -> None:
    rows = profiles(400)
    for row in rows:
        row["gender"], row["origins"] = "m", json.dumps({"gender": "declared"})
    # The later account of each pair says nothing of gender; what it says of its other facts is not the answer.
    pairs = [(first, second) for first, second in pairwise(rows) if first["person_id"] == second["person_id"]]
    assert len(pairs) == 40
    for first, second in pairs:
        first["gender"], first["origins"] = "f", json.dumps({"gender": "touchpoints", "age_band": "declared"})
        second["gender"], second["origins"] = None, json.dumps({"education": "declared"})
        for row in (first, second):
            row["listable"] = True
    values = _facet(tmp_path, rows)
    assert _parts(values["f"]) == (0, 40)
    women = search(Home.find(tmp_path), "gender:f", limit=50).members
    assert len(women) == 40
    assert {fact.origin for member in women for fact in member.facts if fact.field == "gender"} == {
        "touchpoints"
    }


def test_parts_are_of_the_audience_and_other_facets_do_not_count_them(tmp_path: Path) -> None:
    rows = _rows(200, 0)
    values = _facet(tmp_path, rows, query="region:上海")
    women = sum(row["gender"] == "f" and row["region"] == "上海" for row in rows)
    assert women >= 20
    assert _parts(values["f"]) == (0, 5 * ((women + 2) // 5))
    home = Home.find(tmp_path)
    pending = begun(read_question(home, "", limit=0, facets=["region"]))
    pending.recorded.result()
    assert [facet["field"] for facet in pending.content["facets"]] == ["region"]
    assert all(value["declared"] is None for value in pending.content["facets"][0]["values"])

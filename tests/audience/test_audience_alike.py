"""A search in the order of likeness: who comes first, who stays in, pages, and what may not be told."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from audience.engines.base import Order
from audience.engines.vectors import DIMENSIONS
from audience.errors import NotMinedError
from audience.index.build import build
from audience.index.opened import open_index
from audience.lookalike.answers import SeedReport
from audience.lookalike.features import load_space
from audience.lookalike.seeds import Seeds, resolve
from audience.lookalike.vectors import person_vectors
from audience.query.text import parse
from audience.search.answers import SearchAnswer
from audience.search.ask import search
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import Reference, account_id, own_world, profiles, tags
from tests.audience.test_audience_lookalike_wishes import campers

__all__ = ["campers"]
TAG = f"tag:{tags()[0]}"


@pytest.fixture(scope="module")
def home(campers: Home) -> Home:
    """The planted world, indexed once more: now that there are features."""
    build(campers, force=True)
    campers.key_file.write_bytes(b"k" * 32)
    return campers


def _seeds(accounts: list[str]) -> Seeds:
    return Seeds(tuple(accounts), SeedReport(rows=len(accounts), resolved=len(accounts)))


def _alike(
    home: Home, query: str = "", like: Seeds | str = TAG, limit: int = 1_000, **more: object
) -> SearchAnswer:
    return search(home, query, limit=limit, order=Order.LOOKALIKE, like=like, **more)  # type: ignore[arg-type]


def _ids(answer: SearchAnswer) -> list[str]:
    return [member.person_id for member in answer.members]


def test_the_order_is_that_of_the_cosine_with_the_seeds_mean(home: Home) -> None:
    features, space = load_space(home)
    inner = (space.embedded * space.scale)[:, :DIMENSIONS]
    lengths = np.linalg.norm(inner, axis=1, keepdims=True)
    units = np.divide(inner, lengths, out=np.zeros_like(inner), where=lengths > 0)
    held = {person for person in _reference().matches(parse(TAG)) if _listable(person)}
    mean = units[[features.row_of[person] for person in held]].mean(axis=0)
    cosines = units @ mean / np.linalg.norm(mean)

    answer = _alike(home)
    assert answer.order == "lookalike"
    assert answer.like is not None
    assert answer.like.query == TAG
    assert answer.like.people == 5 * round(len(held) / 5)
    compared = [member for member in answer.members if member.similarity is not None]
    assert len(compared) > 500
    for member in compared:
        assert member.similarity == pytest.approx(cosines[features.row_of[member.person_id]], abs=0.02)
    shown = [member.similarity for member in compared if member.similarity is not None]
    assert shown == sorted(shown, reverse=True)
    assert all(member.similarity is None for member in answer.members[len(compared) :])
    assert len(held.intersection(_ids(answer)[: len(held)])) > 0.9 * len(held)


@cache
def _reference() -> Reference:
    return Reference(profiles())


def _listable(person: str) -> bool:
    return _reference().listable(person)


def test_everybody_found_stays_in_and_pages_neither_repeat_nor_skip(home: Home) -> None:
    query = "region:上海 OR region:北京"
    found = {person for person in _reference().matches(parse(query)) if _listable(person)}
    whole = _alike(home, query)
    assert set(_ids(whole)) == found
    assert found.intersection(_ids(_alike(home, TAG)))
    paged, cursor = [], None
    while True:
        page = _alike(home, query, limit=17, cursor=cursor)
        paged += _ids(page)
        cursor = page.cursor
        if cursor is None:
            break
        # How like the last one is stays as rounded as in the answer.
        assert f".{page.order}-" in cursor
        assert ".0.000000." in cursor
    assert paged == _ids(whole)


def test_a_list_is_the_same_as_its_people_and_names_them_by_any_account(home: Home) -> None:
    rows = profiles()
    held = set(_reference().matches(parse(TAG)))
    every = [row["account_id"] for row in rows if row["person_id"] in held]
    first = sorted(held)
    assert len(every) > len(first)
    by_list, by_accounts = _alike(home, like=_seeds(first)), _alike(home, like=_seeds(every))
    assert _ids(by_list) == _ids(by_accounts)
    assert by_accounts.like is not None
    assert by_accounts.like.seeds is not None
    assert by_accounts.like.query == ""
    assert by_list.like is not None
    assert by_list.like.people == by_accounts.like.people
    unknown = _alike(home, like=_seeds([*first, account_id(10**7)])).like
    assert unknown is not None
    assert unknown.seeds is not None
    assert by_list.like.seeds is not None
    assert unknown.seeds.unprofiled == by_list.like.seeds.unprofiled + 1


def test_a_cursor_of_other_seeds_or_another_order_is_refused(home: Home) -> None:
    cursor = _alike(home, limit=5).cursor
    assert cursor is not None
    with pytest.raises(BadInputError, match="another question"):
        _alike(home, like=f"tag:{tags()[1]}", limit=5, cursor=cursor)
    with pytest.raises(BadInputError, match="order lookalike"):
        search(home, "", limit=5, order=Order.INFLUENCE, cursor=cursor)
    without = cursor[: cursor.index("-", cursor.index("lookalike"))] + cursor[cursor.index(".0.") :]
    with pytest.raises(BadInputError, match="not a cursor"):
        _alike(home, limit=5, cursor=without)


def test_few_seeds_seeds_without_order_and_a_low_role_are_refused(home: Home) -> None:
    people = sorted(set(_reference().matches(parse(TAG))))
    with pytest.raises(ForbiddenError, match="fewer than 20 of the seeds"):
        _alike(home, like=_seeds([*people[:19], account_id(10**7)]))
    with pytest.raises(ForbiddenError, match="seeds may not be spoken of: fewer than 20"):
        _alike(home, like=f"{TAG}>=9 region:上海 follows:山野集")
    with pytest.raises(BadInputError, match="somebody to be like"):
        search(home, "", order=Order.LOOKALIKE)
    with pytest.raises(BadInputError, match="influence needs no seeds"):
        search(home, "", order=Order.INFLUENCE, like=TAG)
    with pytest.raises(ForbiddenError, match="planner"):
        _alike(home, role=Role.ANALYST)
    with pytest.raises(BadInputError, match="none of the 1 seeds"):
        _alike(home, like=resolve(home, [{"source": "m", "native_id": "1"}]))
    with pytest.raises(NotMinedError, match="nothing to compare people by"):
        _alike(own_world("alike")[0])


def test_it_is_audited_without_the_names_of_the_list(home: Home) -> None:
    people = sorted(set(_reference().matches(parse(TAG))))
    rows = [{"account_id": person} for person in people] + [{"url": "https://m.example/@geheim"}]
    answer = _alike(home, like=resolve(home, rows), limit=3)
    assert answer.like is not None
    assert answer.like.seeds is not None
    assert [problem.written for problem in answer.like.seeds.problems] == ["https://m.example/@geheim"]
    entry = entries(home, 1)[0]
    assert entry.action == "search"
    assert entry.detail["like"]["seeds"]["unknown"] == 1
    assert entry.detail["members"] == _ids(answer)
    assert "geheim" not in str(entry.detail)


def test_seeds_nearly_those_of_before_order_as_those(home: Home) -> None:
    """One person more or less among the seeds must not show in how anybody is ordered."""
    before = _alike(home, like="region:广州")
    target = next(
        row
        for row in profiles()
        if row["region"] == "广州" and row["followers"] is not None and _listable(row["person_id"])
    )
    alone = f"influence:p{target['influence']} followers:{target['followers']}..{target['followers']}"
    without = _alike(home, like=f"region:广州 -({alone})")
    assert _ids(without) == _ids(before)
    assert [m.similarity for m in without.members] == [m.similarity for m in before.members]
    assert any(warning.startswith("seeds: ") for warning in without.warnings)


def test_who_is_withheld_is_in_no_page_any_more(home: Home) -> None:
    first = _ids(_alike(home, limit=5))
    block(home, [first[0]])
    assert first[0] not in _ids(_alike(home))


def test_vectors_are_of_persons_and_absent_where_nothing_is_known(home: Home) -> None:
    vectors = person_vectors(home)
    assert vectors is not None
    features, _ = load_space(home)
    persons = pl.Series([features.persons[0], "nobody", features.persons[5]])
    found = vectors(persons)
    dimensions = min(DIMENSIONS, min(features.matrix.shape) - 1)
    assert found.dtype == pl.Array(pl.Int8, dimensions)
    assert found.is_null().to_list() == [not features.matrix[0].nnz, True, not features.matrix[5].nnz]
    lengths = np.linalg.norm(
        vectors(pl.Series(features.persons)).drop_nulls().to_numpy().astype(float), axis=1
    )
    assert np.abs(lengths - 127).max() < 4
    assert open_index(home).engine.vectors.dimensions == dimensions

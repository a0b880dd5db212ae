"""Facets against a baseline, the orders of members and their cursors, and the moment that days count back from."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from audience.engines.base import FACET_FIELDS, Order
from audience.index.build import build
from audience.query.text import parse
from audience.search.ask import search
from graph.intervals import risk_ratio, wilson, wilson_each
from privacy.disclosure import Disclosure
from privacy.errors import BadInputError, ForbiddenError
from tests.audience.audience_world import AS_OF, Reference, own_world, profiles, tags, write_world


def test_the_issue_lists_every_facet() -> None:
    answer = search(own_world("compare")[0], "", limit=0, facets=True)
    assert [facet.field for facet in answer.facets] == list(FACET_FIELDS)
    only = search(own_world("compare")[0], "", limit=0, facets=["hour", "region"])
    assert [facet.field for facet in only.facets] == ["region", "hour"]
    with pytest.raises(BadInputError, match="no facet 'regoin'") as caught:
        search(own_world("compare")[0], "", facets=["regoin"])
    assert caught.value.hint == "did you mean region?"
    with pytest.raises(BadInputError, match="no facet 'foo'") as caught:
        search(own_world("compare")[0], "", facets=["foo"])
    assert caught.value.hint == f"facets are {', '.join(FACET_FIELDS)}"


def test_another_query_is_a_baseline_with_the_interval_of_two_samples() -> None:
    home, rows = own_world("compare")
    tag = tags()[0]
    answer = search(
        home, f"tag:{tag}", limit=0, facets=["region"], baseline="activity:active OR activity:new"
    )
    assert answer.baseline_query == "activity:active OR activity:new"
    reference, disclosure = Reference(rows), Disclosure()
    counts = {}
    for name, text in (("found", f"tag:{tag}"), ("base", "activity:active OR activity:new")):
        people = [reference.people[person] for person in reference.matches(parse(text))]
        regions = Counter(v for p in people for v in {r["region"] for r in p if r["region"]})
        counts[name] = (regions, disclosure.rounded(len(people)))
    assert answer.baseline == counts["base"][1]
    assert answer.facets[0].values
    for value in answer.facets[0].values:
        a, n = disclosure.rounded(counts["found"][0][value.value]), counts["found"][1]
        b, m = disclosure.rounded(counts["base"][0][value.value]), counts["base"][1]
        assert value.tgi == pytest.approx(100 * (a / n) / (b / m), abs=0.1)
        (low,), (high,) = risk_ratio(np.array([a]), n, np.array([b]), m)
        assert (value.low, value.high) == pytest.approx((100 * low, 100 * high), abs=0.0501)
        assert value.low < value.tgi < value.high


def test_in_what_a_baseline_differs_from_the_one_asked_for_is_told() -> None:
    home, _ = own_world("compare")
    asked = "region:上海 -followers:>=999999999"
    answer = search(home, f"tag:{tags()[0]}", limit=0, facets=["region"], baseline=asked)
    assert answer.baseline_query == asked
    assert any(warning.startswith("baseline: left out") for warning in answer.warnings)


def test_a_hidden_audience_is_told_nothing_besides() -> None:
    home, _ = own_world("compare")
    answer = search(home, "followers:>=999999998 OR followers:>=999999999", limit=0)
    assert (answer.hidden, answer.total, answer.warnings, answer.facets) == (True, None, [], [])


def test_the_interval_of_a_ratio_holds_what_it_says() -> None:
    """By drawing: 95 of 100 intervals hold the true ratio."""
    rng = np.random.default_rng(3)
    low, high = risk_ratio(rng.binomial(400, 0.3, 2000), 400, rng.binomial(900, 0.15, 2000), 900)
    assert math.isclose(np.mean((low <= 2.0) & (high >= 2.0)), 0.95, abs_tol=0.015)


def test_intervals_of_many_shares_are_those_of_each() -> None:
    counts = np.array([0, 1, 20, 399, 400])
    low, high = wilson_each(counts, 400)
    assert np.column_stack([low, high]) == pytest.approx(np.array([wilson(int(n), 400) for n in counts]))


def test_a_baseline_of_too_few_is_refused() -> None:
    with pytest.raises(ForbiddenError, match="fewer than 20"):
        search(
            own_world("compare")[0],
            "",
            facets=True,
            baseline=f"tag:{tags()[0]}>=9 region:上海 follows:山野集",
        )


@pytest.mark.parametrize("order", [order for order in Order if order is not Order.LOOKALIKE])
def test_every_order_is_paged_by_its_cursor(order: Order) -> None:
    home, rows = own_world("compare")
    query = f"露营 tag:{tags()[0]}"
    reference = Reference(rows)
    listed = {person for person in reference.matches(parse(query)) if reference.listable(person)}
    whole = search(home, query, limit=1000, order=order)
    assert {member.person_id for member in whole.members} == listed
    assert whole.cursor is None
    found, cursor = [], None
    while True:
        page = search(home, query, limit=7, order=order, cursor=cursor)
        found += [member.person_id for member in page.members]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == [member.person_id for member in whole.members]
    assert (whole.order == "relevance") == (order is Order.RELEVANCE)


def test_orders_put_the_highest_first() -> None:
    home, _ = own_world("compare")
    active = search(home, "", limit=1000, order=Order.LAST_ACTIVE).members
    seen = [member.last_active_at for member in active]
    known = [at for at in seen if at is not None]
    assert known == sorted(known, reverse=True)
    assert seen[: len(known)] == known
    followers = [m.followers for m in search(home, "", limit=1000, order=Order.FOLLOWERS).members]
    counted = [number for number in followers if number is not None]
    assert counted == sorted(counted, reverse=True)
    assert followers[: len(counted)] == counted


def test_a_cursor_of_another_order_or_made_up_is_refused() -> None:
    home, _ = own_world("compare")
    cursor = search(home, "", limit=5, order=Order.FOLLOWERS).cursor
    assert cursor is not None
    with pytest.raises(BadInputError, match="order followers"):
        search(home, "", limit=5, order=Order.LAST_ACTIVE, cursor=cursor)
    for made_up in ("", "a.b.c", "../../etc", "x.levels.1.1.-1", cursor + "0" * 40, "１.levels.1.1.1"):
        with pytest.raises(BadInputError):
            search(home, "", limit=5, order=Order.FOLLOWERS, cursor=made_up)
    with pytest.raises(BadInputError, match="another question"):
        search(home, "region:上海", limit=5, order=Order.FOLLOWERS, cursor=cursor)
    with pytest.raises(BadInputError, match="another question"):
        search(
            home, "", limit=5, order=Order.FOLLOWERS, cursor=cursor, as_of=datetime(2026, 7, 1, tzinfo=UTC)
        )


def test_days_count_back_from_the_moment_asked_for() -> None:
    home, rows = own_world("compare")
    seen = [row["last_active_at"] for row in rows if row["last_active_at"]]
    late = AS_OF + timedelta(days=60)
    answer = search(home, "active:90d", limit=0, as_of=late)
    expected = len(
        {
            r["person_id"]
            for r in rows
            if r["last_active_at"] and r["last_active_at"] >= late - timedelta(days=90)
        }
    )
    assert len(seen) > expected
    assert answer.total is not None
    assert abs(answer.total - expected) <= 2
    assert any("nothing is known after 2026-08-01" in warning for warning in answer.warnings)
    early = search(home, "active:30d", limit=0, as_of=AS_OF - timedelta(days=30))
    assert any("counts too" in warning for warning in early.warnings)


@pytest.mark.parametrize(
    "moment",
    [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), datetime(2026, 8, 1)],
)
def test_moments_out_of_bounds_are_refused(moment: datetime) -> None:
    with pytest.raises(BadInputError, match="as_of"):
        search(own_world("compare")[0], "active:3650d", as_of=moment)


def test_people_seen_by_clocks_that_run_ahead_are_active_and_keep_their_place(tmp_path: Path) -> None:
    rows = profiles(120)
    ahead = {3: timedelta(hours=20), 4: timedelta(days=365 * 150), 5: timedelta(days=365 * 160)}
    for number, by in ahead.items():
        rows[number]["last_active_at"] = AS_OF + by
        rows[number]["listable"] = True
    home = write_world(tmp_path, rows)
    home.models.mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    found = search(home, "active:1d", limit=100, order=Order.LAST_ACTIVE, disclosure=Disclosure(k=2))
    assert {rows[number]["account_id"] for number in ahead} <= {m.account_id for m in found.members}
    everybody = search(home, "", limit=1000, order=Order.LAST_ACTIVE).members
    assert {m.account_id for m in everybody[:3]} == {rows[number]["account_id"] for number in ahead}
    paged, cursor = [], None
    while True:
        page = search(home, "", limit=1, order=Order.LAST_ACTIVE, cursor=cursor)
        paged += [member.person_id for member in page.members]
        cursor = page.cursor
        if cursor is None or len(paged) == 8:
            break
    assert paged == [member.person_id for member in everybody[:8]]

"""What people are worth and who is ready to buy: aggregates under k, members for planners, unknown never 0."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from api.routers.value import TARGET, VALUE
from audience.index.opened import open_index
from audience.query.text import parse
from audience.search.ask import search
from audience.worth.answers import TargetAnswer, ValueAnswer
from audience.worth.target import target
from audience.worth.value import value
from lake.schemas import VALUE as SCHEMA
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ForbiddenError, UnavailableError
from privacy.home import Home
from tests.audience.audience_world import AS_OF, tags, world


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    """The audience's world with a value table: every third person bought, every sixth is of the high tier."""
    home = Home(Path(shutil.copytree(world()[0].root, tmp_path / "home")))
    lake = Lake(home)
    persons = lake.read("profiles")["person_id"].unique().sort().to_list()
    blank: dict[str, Any] = dict.fromkeys(SCHEMA.schema.names)
    counts = ("orders", "own_posts", "brand_posts", "recommends", "hearers", "decision_posts", "means_posts")
    rows = []
    for number, person in enumerate([*persons, *(f"customer:C{n}" for n in range(50))]):
        bought, rich = number % 3 == 0, number % 6 == 0
        row = blank | dict.fromkeys(counts, 0) | {"person_id": person, "own_posts": 1, "brand_posts": 2}
        if bought:
            row |= {
                "orders": 2 if rich else 1, "amount": 900.0 if rich else 100.0, "amount_365d": 900.0 if rich else 100.0,
                "last_order_at": AS_OF - timedelta(days=3), "first_order_at": AS_OF - timedelta(days=9),
                "recency": 3, "frequency": 5 if rich else 2, "monetary": 5 if rich else 2,
                "value": "high" if rich else "low", "customer": "current", "customer_from": "touchpoints",
                "propensity": 0.4, "expected": 40.0, "recommends": number % 2,
            }  # fmt: skip
        if number % 2:
            row |= {"decision": 0.8, "decision_posts": 2}
        rows.append(row)
    lake.replace("value", pa.Table.from_pylist(rows, schema=SCHEMA.schema))
    tiers = pl.DataFrame({"person_id": [r["person_id"] for r in rows], "tier": [r["value"] for r in rows]}, schema={"person_id": pl.String, "tier": pl.String})  # fmt: skip
    profiles = (
        lake.read("profiles")
        .join(tiers, on="person_id", how="left")
        .with_columns(pl.col("tier").alias("value"))
    )
    lake.replace("profiles", profiles.drop("tier").to_arrow())
    return home


def test_examples_fit_their_models() -> None:
    ValueAnswer.model_validate(VALUE)
    TargetAnswer.model_validate(TARGET)


def test_everybody_known_is_counted_linked_or_not(shop: Home) -> None:
    answer = value(shop, role=Role.ANALYST)
    known = Lake(shop).read("value").height
    assert answer.people is not None
    assert abs(answer.people - known) <= 2
    states = {state.customer: state.people for state in answer.states}
    assert states["current"] is not None
    assert abs(states["current"] - known / 3) <= 5
    assert states["lost"] is None
    tiers = {tier.tier: tier for tier in answer.tiers}
    assert tiers["middle"].people is None
    assert tiers["high"].amount_each == 900.0
    assert tiers["high"].amount_share == pytest.approx(0.9, abs=0.01)
    assert answer.repeat_rate is not None
    assert answer.repeat_rate.low < 0.5 < answer.repeat_rate.high
    assert answer.mention_share is not None
    assert answer.mention_share.value == pytest.approx(0.5, abs=0.01)
    assert answer.calibration is None
    assert "too few people bought" in answer.warnings[0]


def test_members_come_from_a_query_and_go_to_planners(shop: Home) -> None:
    answer = value(shop, "region:上海", limit=10)
    assert len(answer.members) == 10
    assert answer.members[0].value == "high"
    assert answer.members[0].existing == 900.0
    assert entries(shop, 1)[0].detail["members"] == [member.person_id for member in answer.members]
    with pytest.raises(ForbiddenError):
        value(shop, "region:上海", limit=10, role=Role.ANALYST)
    with pytest.raises(BadInputError, match="members come from a query"):
        value(shop, limit=10)
    with pytest.raises(BadInputError, match="limit"):
        value(shop, "region:上海", limit=-1)


def test_few_people_are_hidden(shop: Home) -> None:
    few = value(shop, f"region:上海 tag:{tags()[0]}>=9 tag:{tags()[1]}>=9")
    assert few.hidden
    assert not few.tiers
    assert few.people is None


def test_calibration_is_shown_without_small_groups(shop: Home) -> None:
    kept = {"cut": AS_OF.isoformat(), "horizon_days": 30, "method": "logistic", "people": 403, "bought": 40, "ece": 0.01,
            "ece_low": 0.0, "ece_high": 0.02, "auc": 0.8,
            "bins": [{"people": n, "predicted": 0.1, "observed": 0.1, "low": 0.0, "high": 0.2} for n in (3, 400)]}  # fmt: skip
    (shop.models / "propensity.json").write_text(json.dumps(kept))
    found = value(shop).calibration
    assert found is not None
    assert (found.people, [group.people for group in found.bins]) == (405, [400])


def test_no_value_before_mining(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="not been mined"):
        value(Home(tmp_path))


def test_parts_without_evidence_are_unknown(shop: Home) -> None:
    tag = tags()[0]
    answer = target(shop, f"tag:{tag}", limit=100)
    assert answer.interests == [tag]
    known = {part.part: part.people for part in answer.parts}
    assert known["need"] == answer.people
    for one in answer.prospects:
        missing = [part for part in (one.need, one.means, one.decision) if part is None]
        assert (one.score is None) == bool(missing)
        if one.need is not None and one.means is not None and one.decision is not None:
            assert one.score == pytest.approx(one.need * one.means * one.decision, abs=0.005)
        assert any(reason.startswith("need: interest at level") for reason in one.because)
        assert all(part is None or part > 0 for part in (one.need, one.means, one.decision))
    scores = [one.score for one in answer.prospects if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert answer.prospects[-1].at_most is not None


def test_an_analyst_sees_parts_and_no_people(shop: Home) -> None:
    answer = target(shop, "region:上海", role=Role.ANALYST)
    assert answer.parts
    assert not answer.prospects
    assert len(answer.warnings) == 2
    named = target(shop, "region:上海", interests=[tags()[0]])
    assert named.interests == [tags()[0]]
    with pytest.raises(BadInputError, match="no interest 'astrology'"):
        target(shop, "region:上海", interests=["astrology"])
    with pytest.raises(BadInputError, match="limit"):
        target(shop, "region:上海", limit=5_000)
    few = target(shop, f"region:上海 tag:{tags()[0]}>=9 tag:{tags()[1]}>=9")
    assert few.hidden
    assert not few.parts


def test_nearly_the_same_people_get_the_same_numbers(shop: Home) -> None:
    """Whoever adds one person to an audience must not learn from its sums what that person is."""
    index = open_index(shop)
    sizes = {n: index.count(parse(f"followers:>={n}"), index.scope()) for n in range(0, 2_000, 10)}
    near = [n for n in sizes if 0 < sizes[n] - sizes.get(n + 10, 0) < 4 and sizes[n] > 100]
    assert len(near) > 3
    for number in near[:4]:
        one, other = f"followers:>={number}", f"followers:>={number + 10}"
        first, second = (value(shop, query, role=Role.ANALYST) for query in (one, other))
        assert (first.people, first.states, first.tiers) == (second.people, second.states, second.tiers)
        assert any("nearly" in warning for warning in second.warnings)
        ready, like = (target(shop, query, [tags()[0]], role=Role.ANALYST) for query in (one, other))
        assert (ready.people, ready.parts, ready.bands) == (like.people, like.parts, like.bands)


def test_members_are_those_asked_for_whatever_the_numbers_are_of(shop: Home) -> None:
    target(shop, "region:上海 followers:>=0", [tags()[0]], role=Role.ANALYST)
    asked = f"region:上海 followers:>=1 tag:{tags()[0]}"
    found = {member.person_id for member in search(shop, asked, limit=200).members}
    assert {one.person_id for one in target(shop, asked, limit=200).prospects} == found
    assert {one.person_id for one in value(shop, asked, limit=200).members} == found

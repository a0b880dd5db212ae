"""What campaigns brought: outcomes, the lift and its intervals, the report; and every way in which outcomes can be wrong."""

from __future__ import annotations

import csv
import json
import random
from datetime import timedelta
from functools import partial

import numpy as np
import polars as pl
import pytest

from campaigns import make
from campaigns.answers import Settings
from campaigns.outcomes import AFTER, BEFORE, NOT_A_MEMBER, TWICE, import_outcomes
from campaigns.report import report
from campaigns.stats import Arm, lift, relative_lift
from campaigns.touched import take_touchpoints
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ConflictError, NotFoundError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import account_id
from tests.campaigns.campaign_world import STARTS, arms, csv_of, outcome_rows, touch

P = Role.PLANNER
create = partial(make.create, past=True)  # outcomes must have come already
CALM = Settings(max_contacts=100, cool_down_days=0)


def test_outcomes_give_the_lift_that_was_planted(shop: Home) -> None:
    create(shop, "spring", "", CALM.model_copy(update={"contact_cost": 0.5}), STARTS)
    lines = outcome_rows(shop, "spring")
    told = import_outcomes(shop, "spring", csv_of(lines))
    assert told.counted == len(lines)
    assert not told.refused
    found = report(shop, "spring", scale=100_000)
    assert found.lift is not None
    assert found.lift.low < 0.15 < found.lift.high
    assert found.lift.low > 0
    assert found.relative is not None
    assert found.relative.low < 1.5 < found.relative.high
    assert found.amount_each is not None
    assert found.amount_each.low < 7.5 < found.amount_each.high
    test = next(arm for arm in found.arms if arm.arm == "test")
    assert found.cost == 0.5 * test.people
    assert found.cost_each is not None
    assert found.cost_each.low < 0.5 / 0.15 < found.cost_each.high
    assert found.scale_up is not None
    assert found.scale_up.incremental.low == pytest.approx(found.lift.low * 100_000, abs=1)
    assert found.scale_up.amount is not None
    assert {"region", "activity"} <= set(found.by_facet)
    assert {curve.order for curve in found.curves} >= {"uplift", "response"}
    assert any("by chance alone" in warning for warning in found.warnings)
    assert entries(shop, 1)[0].action == "campaign report"


def test_a_report_before_outcomes_says_what_to_do(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    found = report(shop, "spring")
    assert found.lift is None
    assert "renqun campaign outcomes spring" in found.verdict
    with pytest.raises(NotFoundError, match="autumn"):
        report(shop, "autumn")
    with pytest.raises(BadInputError, match="scale-up"):
        report(shop, "spring", scale=0)


def test_outcomes_that_cannot_be_counted_are_told_apart_and_kept(shop: Home) -> None:
    create(shop, "spring", "region:上海", CALM, STARTS)
    inside = sorted(arms(shop, "spring"))
    outside = next(
        person
        for person, listable in Lake(shop).read("profiles").select("person_id", "listable").sort("person_id").iter_rows()
        if person not in set(inside) and listable
    )  # fmt: skip
    lines = [
        f"{inside[0]},2026-07-05T10:00:00Z,purchase,50",
        f"{inside[0]},2026-07-05T10:00:00Z,purchase,50",  # the same row again
        f"{outside},2026-07-05,purchase,50",
        f"{inside[1]},2026-06-30,purchase,50",
        f"{inside[1]},2026-09-30,purchase,50",
        f"{inside[1]},2036-07-05,purchase,50",
        f"{inside[1]},soon,purchase,50",
        f"{inside[1]},2026-07-05,purchase,-50",
        f"{inside[1]},2026-07-05,purchase,五十",
        f"{inside[1]},2026-07-05,horoscope,",
        f"u{'f' * 32},2026-07-05,purchase,50",
        ",2026-07-05,purchase,50",
        f"{inside[2]},2026-07-05,投诉,",
    ]
    told = import_outcomes(shop, "spring", csv_of(lines))
    assert (
        told.rows == len(lines) == told.counted + told.contacts + told.objections + sum(told.refused.values())
    )
    assert (told.counted, told.objections, told.suppressed) == (1, 1, 1)
    assert told.refused == {
        TWICE: 1, NOT_A_MEMBER: 1, BEFORE: 1, AFTER: 1, "in the future": 1, "no time that can be read": 1,
        "amount is negative: write a refund with the kind refund and the amount paid back": 1,
        "amount can't be read as a number": 1, "nobody is named": 1, "nobody known: unknown": 1,
        "the kind 'horoscope' is no outcome: conversion, purchase, refund, contact, complaint, unsubscribe or block": 1,
    }  # fmt: skip
    kept = Lake(shop).read("rejects").filter(pl.col("table") == "outcomes")
    assert kept.height == 11
    assert json.loads(kept.filter(pl.col("reason") == AFTER)["row"][0])["at"] == "2026-09-30"
    again = import_outcomes(shop, "spring", csv_of(lines[:1]))
    assert again.counted == 0
    assert again.refused == {TWICE: 1}
    found = report(shop, "spring")
    assert found.refused[TWICE] == 1
    assert sum(arm.converted or 0 for arm in found.arms) == 1


def test_a_control_contacted_by_mistake_is_told_and_corrected_for(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    where = arms(shop, "spring")
    control = sorted(person for person, arm in where.items() if arm == "control")
    spoilt = control[: len(control) // 4]
    reached = [*spoilt, *(person for person, arm in where.items() if arm == "test")]
    contacts = [f"{person},2026-07-01T09:00:00Z,contact," for person in reached]
    told = import_outcomes(shop, "spring", csv_of(outcome_rows(shop, "spring") + contacts))
    assert told.control_contacts == len(spoilt)
    found = report(shop, "spring")
    assert found.lift is not None
    assert found.among_reached is not None
    assert found.among_reached.value == pytest.approx(found.lift.value / 0.75, rel=0.01)
    assert any(
        f"{len(spoilt):,} people of the control arm were contacted by mistake" in w for w in found.warnings
    )


def test_outcomes_come_from_imported_touchpoints_too_but_not_from_both(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    where = arms(shop, "spring")
    by_customer = next(n for n in range(0, 400, 4) if where.get(account_id(n)) == "test")
    control = next(person for person, arm in sorted(where.items()) if arm == "control")
    day = STARTS + timedelta(days=2)
    touch(
        shop,
        {"customer_id": f"C{by_customer}", "at": day, "kind": "purchase", "amount": 80.0},
        {"account_id": control, "at": day, "kind": "contact", "promotion": "spring"},
        {"account_id": control, "at": day, "kind": "contact", "promotion": "autumn"},
        {"account_id": control, "at": day + timedelta(days=60), "kind": "purchase", "amount": 80.0},
        {"customer_id": "C-unlinked", "at": day, "kind": "purchase", "amount": 80.0},
    )
    told = take_touchpoints(shop, "spring")
    assert (told.rows, told.counted, told.contacts, told.control_contacts) == (2, 1, 1, 1)
    assert take_touchpoints(shop, "spring").refused == {TWICE: 2}
    test = next(arm for arm in report(shop, "spring").arms if arm.arm == "test")
    assert (test.converted, test.amount) == (1, 80.0)
    with pytest.raises(ConflictError, match="came from touchpoints"):
        import_outcomes(shop, "spring", csv_of([f"{control},2026-07-05,purchase,50"]))
    create(shop, "summer", "region:北京", CALM, STARTS - timedelta(days=90))
    person = next(iter(arms(shop, "summer")))
    import_outcomes(shop, "summer", csv_of([f"{person},2026-04-05,purchase,50"]))
    with pytest.raises(ConflictError, match="came from files"):
        take_touchpoints(shop, "summer")


def test_a_refund_takes_a_conversion_back(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    person = next(person for person, arm in sorted(arms(shop, "spring").items()) if arm == "test")
    import_outcomes(
        shop, "spring", csv_of([f"{person},2026-07-05,purchase,50", f"{person},2026-07-06,退款,50"])
    )
    test = next(arm for arm in report(shop, "spring").arms if arm.arm == "test")
    assert (test.converted, test.amount) == (0, 0.0)


def test_a_file_without_times_is_refused(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    with pytest.raises(BadInputError, match="no column says when"):
        import_outcomes(shop, "spring", b"account_id,kind\nu1,purchase\n")
    for odd in ("Mars/Olympus", "a" * 5_000, "\0"):
        with pytest.raises(BadInputError, match="no time zone"):
            import_outcomes(shop, "spring", csv_of(["x,2026-07-05,purchase,1"]), timezone=odd)
    limit = csv.field_size_limit(131_072)  # as it is where no importer was loaded
    try:
        with pytest.raises(BadInputError, match="can't be read as a CSV"):
            import_outcomes(shop, "spring", csv_of(["x" * 200_000 + ",2026-07-05,purchase,1"]))
    finally:
        csv.field_size_limit(limit)
    told = import_outcomes(shop, "spring", csv_of(["u1,0001-01-01,purchase,1"]), timezone="Asia/Shanghai")
    assert told.counted == 0


def test_opted_out_members_leave_the_report(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    before = sum(arm.people for arm in report(shop, "spring").arms)
    block(shop, sorted(arms(shop, "spring"))[:5])
    assert sum(arm.people for arm in report(shop, "spring").arms) == before - 5


def test_both_intervals_of_a_lift_hold_0_or_neither_does() -> None:
    rng = random.Random(5)
    for _ in range(3_000):
        people = rng.randint(50, 500), rng.randint(50, 500)
        test, control = (Arm(number, rng.randint(1, number)) for number in people)
        apart, share = lift(test, control), relative_lift(test, control)
        assert share is not None
        assert share.low <= share.value <= share.high
        assert (apart.low > 0, apart.high < 0) == (share.low > 0, share.high < 0), (test, control)
    assert relative_lift(Arm(50, 0), Arm(50, 3)) is None


def test_the_share_of_a_lift_is_held_by_its_interval() -> None:
    rng = np.random.default_rng(3)
    for rates in ((0.06, 0.04), (0.15, 0.1), (0.5, 0.45)):
        held = 0
        for converted in zip(*(rng.binomial(400, rate, 1_000) for rate in rates), strict=True):
            share = relative_lift(*(Arm(400, int(number)) for number in converted))
            held += share is not None and share.low <= rates[0] / rates[1] - 1 <= share.high
        assert 0.93 <= held / 1_000 <= 0.975


def test_a_report_says_why_no_order_is_judged(shop: Home) -> None:
    create(shop, "spring", "", CALM, STARTS)
    import_outcomes(shop, "spring", csv_of(outcome_rows(shop, "spring", control=0.03)))
    found = report(shop, "spring")
    assert not found.curves
    assert any("qini" in warning and "30 conversions in each arm" in warning for warning in found.warnings)

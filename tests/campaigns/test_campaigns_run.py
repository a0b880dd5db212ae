"""Campaigns end to end: split, caps, suppression, outcomes, report; and every way in which their input can be wrong."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from api.render.campaign_report import report_view
from api.render.campaigns import campaign_view, campaigns_view, plan_view
from audience.search.ask import search
from campaigns import make
from campaigns.answers import Settings
from campaigns.export import export_members
from campaigns.make import campaigns, plan, remove, show
from campaigns.outcomes import AFTER, BEFORE, NOT_A_MEMBER, TWICE, import_outcomes
from campaigns.report import report
from campaigns.split import held_out, split
from campaigns.stats import Arm, detectable, lift, relative_lift
from campaigns.suppression import lift_suppression, suppress, suppressed, suppressed_people
from campaigns.touched import take_touchpoints
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from privacy.home import Home
from privacy.optouts import block
from privacy.pseudonyms import Pseudonyms
from tests.api.renqun_process import drawn
from tests.audience.audience_world import account_id
from tests.campaigns.campaign_world import STARTS, arms, csv_of, outcome_rows, touch

P = Role.PLANNER
create = partial(make.create, past=True)  # outcomes must have come already
CALM = Settings(max_contacts=100, cool_down_days=0)


def listable(home: Home) -> list[str]:
    """People all of whose accounts may be listed."""
    rows = (
        Lake(home)
        .read("profiles", ["person_id", "listable"])
        .group_by("person_id")
        .agg(pl.col("listable").all())
    )
    found: list[str] = rows.filter("listable")["person_id"].sort().to_list()
    return found


def test_the_split_is_even_in_each_stratum_and_falls_the_same_again() -> None:
    key = Pseudonyms(b"k" * 32)
    strata = {account_id(n): ("south" if n % 3 else "north") for n in range(1_000)}
    found = split(key, "spring", strata, 0.2)
    assert found == split(key, "spring", dict(reversed(strata.items())), 0.2)
    assert found != split(key, "summer", strata, 0.2)
    assert found != split(Pseudonyms(b"l" * 32), "spring", strata, 0.2)
    control = Counter(strata[person] for person, arm in found.items() if arm == "control")
    everybody = Counter(strata.values())
    assert all(abs(control[stratum] - 0.2 * everybody[stratum]) <= 1 for stratum in everybody)


def test_a_larger_holdout_holds_the_smaller_one() -> None:
    key, persons = Pseudonyms(b"k" * 32), [account_id(n) for n in range(5_000)]
    few, more = (held_out(key, persons, share) for share in (0.05, 0.1))
    assert 150 < sum(few) < 350
    assert all(b for a, b in zip(few, more, strict=True) if a)
    assert not any(held_out(key, persons, 0.0))


def test_thirty_people_are_not_split(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "thirty.csv"
    file.write_text("account_id\n" + "\n".join(listable(shop)[:30]))
    with pytest.raises(BadInputError, match=r"30 people are too few to split.* lift of .* points") as refused:
        create(shop, "tiny", file, CALM, STARTS)
    assert "100 people" in refused.value.hint
    with pytest.raises(NotFoundError, match="tiny"):
        show(shop, "tiny", P)


def test_a_campaign_keeps_its_split_and_is_not_made_twice(shop: Home, tmp_path: Path) -> None:
    made = create(shop, "spring", "", Settings(strata=("region", "activity"), holdout_share=0.1), STARTS)
    people = {arm.arm: arm.people for arm in made.arms}
    assert abs(people["test"] - people["control"]) <= 1
    assert 60 < people["holdout"] < 200
    assert made.strata > 10
    with pytest.raises(ConflictError, match="its split stands"):
        create(shop, "spring", "", CALM, STARTS)
    report = export_members(shop, "spring", tmp_path / "test.csv", arm="test")
    written = pl.read_csv(tmp_path / "test.csv")
    assert report.rows == written.height == people["test"]
    assert set(written["arm"]) == {"test"}
    assert written["person_id"].str.starts_with("u").all()
    assert [one.name for one in campaigns(shop, P)] == ["spring"]
    with pytest.raises(BadInputError, match="no arm"):
        export_members(shop, "spring", tmp_path / "x.csv", arm="tset")


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [("two words", CALM, "can't name"), ("x", Settings(strata=("star sign",)), "no stratum 'star sign'")],
)
def test_names_and_strata_that_cannot_be(shop: Home, name: str, settings: Settings, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        create(shop, name, "", settings, STARTS)


def test_an_analyst_makes_no_campaign(shop: Home) -> None:
    with pytest.raises(ForbiddenError):
        create(shop, "spring", "", CALM, STARTS, role=Role.ANALYST)


def test_caps_cool_down_and_controls_hold_across_campaigns(shop: Home) -> None:
    first = create(shop, "first", "region:上海", Settings(max_contacts=2, cool_down_days=7), STARTS)
    test = {person for person, arm in arms(shop, "first").items() if arm == "test"}
    control = {person for person, arm in arms(shop, "first").items() if arm == "control"}
    soon = create(
        shop, "soon", "region:上海 OR region:北京", Settings(cool_down_days=7), STARTS + timedelta(days=3)
    )
    assert not (test | control) & set(arms(shop, "soon"))
    assert soon.left_out["cooling down"] is not None
    assert soon.left_out["control of another campaign"] is not None
    later = STARTS + timedelta(days=20)
    create(shop, "later", "region:上海", Settings(cool_down_days=7, window_days=60), later)
    assert test & set(arms(shop, "later"))
    assert not control & set(arms(shop, "later"))
    capped = create(shop, "capped", "", Settings(max_contacts=1, cool_down_days=0), later + timedelta(days=8))
    assert capped.left_out["too many contacts"] is not None
    assert not test & set(arms(shop, "capped"))
    remove(shop, "first", Role.ADMIN)
    assert [one.name for one in campaigns(shop, P)][-1] == "soon"
    again = create(
        shop, "again", "region:上海", Settings(max_contacts=1, cool_down_days=0), STARTS + timedelta(days=9)
    )
    assert again.left_out["too many contacts"] is not None
    assert first.name == "first"


def test_imported_contacts_count_for_caps(shop: Home) -> None:
    written_to = [account_id(n) for n in range(0, 300)]
    touch(shop, *({"account_id": a, "at": STARTS - timedelta(days=2), "kind": "contact"} for a in written_to))
    create(shop, "spring", "", Settings(cool_down_days=7), STARTS)
    people = {row[0] for row in Lake(shop).read("profiles").filter(pl.col("account_id").is_in(written_to)).select("person_id").iter_rows()}  # fmt: skip
    assert not people & set(arms(shop, "spring"))


def test_suppression_comes_from_lists_rows_and_opt_outs(shop: Home) -> None:
    told = suppress(shop, [{"customer_id": "C4"}, {"customer_id": "C-elsewhere"}, {"source": "forum", "handle": "nobody"}, {"account_id": account_id(20)}], "unsubscribe", P)  # fmt: skip
    assert (told.rows, told.added, told.unknown) == (4, 3, 1)
    assert suppress(shop, [{"customer_id": "C4"}], "unsubscribe", P).added == 0
    touch(
        shop,
        {"customer_id": "C8", "at": STARTS, "kind": "service", "outcome": "complaint"},
        {"account_id": account_id(30), "at": STARTS, "kind": "contact", "outcome": "block"},
    )
    found = suppressed_people(shop, Lake(shop))
    assert found["complaint"] == {account_id(8)}
    assert found["block"] == {account_id(30)}
    assert {account_id(4), account_id(20), "customer:C-elsewhere"} <= found["unsubscribe"]
    block(shop, [account_id(40)])
    create(shop, "spring", "", CALM, STARTS)
    out = {account_id(n) for n in (4, 8, 20, 30, 40)}
    assert not out & set(arms(shop, "spring"))
    assert suppressed(shop, Role.ANALYST).total is None  # fewer than k are not counted out
    with pytest.raises(BadInputError, match="no reason 'mood'"):
        suppress(shop, [{"customer_id": "C4"}], "mood", P)
    with pytest.raises(ForbiddenError):
        lift_suppression(shop, [{"customer_id": "C4"}], "unsubscribe", P)
    assert lift_suppression(shop, [{"customer_id": "C4"}], "unsubscribe", Role.ADMIN).added == -1
    assert account_id(4) not in suppressed_people(shop, Lake(shop)).get("unsubscribe", set())


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


def test_a_lookalike_file_brings_its_scores(shop: Home, tmp_path: Path) -> None:
    people = listable(shop)[:600]
    file = tmp_path / "like.json"
    candidates = [{"person_id": p, "similarity": 1 - n / 1000} for n, p in enumerate(people)]
    file.write_text(json.dumps({"candidates": candidates}))
    create(shop, "like", file, CALM.model_copy(update={"size": 400}), STARTS)
    where = arms(shop, "like")
    assert len(where) == 400
    assert people[0] in where
    assert people[590] not in where
    import_outcomes(shop, "like", csv_of(outcome_rows(shop, "like")))
    found = report(shop, "like")
    assert len(found.by_score) == 5  # a tenth of 400 has fewer than 20 in an arm
    assert not any(part.hidden for part in found.by_score)
    file.write_text("{}")
    with pytest.raises(BadInputError, match="not the JSON of a lookalike"):
        create(shop, "other", file, CALM, STARTS)


def test_a_plan_says_how_many_or_how_much(shop: Home) -> None:
    found = plan(shop, 0.05, difference=0.01)
    assert found.total is not None
    assert 16_000 < found.total < 16_800  # as the tables of Fleiss give it
    of_audience = plan(shop, 0.05, audience="")
    assert of_audience.available is not None
    assert of_audience.enough is None  # the lift is made of the audience: it says nothing of what to expect
    assert plan(shop, 0.05, difference=0.01, audience="").enough is False
    assert plan(shop, 0.05, difference=0.2, audience="").enough is True
    assert of_audience.total is not None
    assert of_audience.total <= of_audience.available
    with pytest.raises(BadInputError, match="which lift"):
        plan(shop, 0.05)
    with pytest.raises(BadInputError, match="between 0 and 1"):
        plan(shop, 3.0, difference=0.1)
    with pytest.raises(BadInputError, match="give a rate of"):
        plan(shop, 0.9, difference=0.5)
    with pytest.raises(BadInputError, match="power"):
        plan(shop, 0.05, difference=0.01, power=1.5)


def test_a_start_that_is_past_is_refused_or_entered_loudly(shop: Home) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=2)
    with pytest.raises(
        BadInputError, match="is past: a split that is drawn when outcomes are known"
    ) as refused:
        make.create(shop, "spring", "", CALM, yesterday)
    assert "--past" in refused.value.hint
    for odd in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)):
        with pytest.raises(BadInputError, match="outside the years"):
            make.create(shop, "spring", "", CALM, odd, past=True)
    assert not make.create(shop, "today", "", CALM, datetime.now(UTC) - timedelta(hours=20)).past
    assert not report(shop, "today").past
    made = make.create(shop, "spring", "", CALM, STARTS, past=True)
    assert made.past
    assert "Entered afterwards" in drawn(campaign_view(made))
    import_outcomes(shop, "spring", csv_of(outcome_rows(shop, "spring")))
    found = report(shop, "spring")
    assert found.past
    assert found.verdict.startswith("not proven, since the split was drawn after the start")
    assert found.warnings[0].startswith("entered afterwards")


def test_the_window_is_shown_with_its_last_day(shop: Home) -> None:
    made = create(shop, "spring", "", CALM, datetime(2026, 6, 30, 16, tzinfo=UTC))
    assert "2026-07-01 to 2026-07-30" in drawn(campaign_view(made))
    assert "2026-07-30" in drawn(campaigns_view([made]))
    assert "2026-07-01 to 2026-07-30" in drawn(report_view(report(shop, "spring")))


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


def test_the_rate_that_was_planned_with_is_kept(shop: Home) -> None:
    assumed = create(shop, "spring", "", CALM, STARTS)
    assert "a rate of 5% (assumed" in drawn(campaign_view(assumed))
    planned = create(shop, "summer", "", CALM.model_copy(update={"baseline": 0.02}), STARTS)
    assert "a rate of 2.0% that" in drawn(campaign_view(planned))
    for made, rate in ((assumed, 0.05), (planned, 0.02)):
        assert made.detectable == detectable(sum(arm.people for arm in made.arms), rate)


def test_who_may_not_be_listed_is_left_out_by_name(shop: Home) -> None:
    total = search(shop, "region:上海", limit=0).total
    made = create(shop, "spring", "region:上海", CALM, STARTS)
    people = sum(arm.people for arm in made.arms)
    assert made.found == total
    assert made.left_out["not listable"] == pytest.approx(made.found - people, abs=5)
    asked = plan(shop, 0.03, audience="region:上海")
    assert asked.not_listable == made.left_out["not listable"]
    assert f"{asked.not_listable:,} more may not be listed" in drawn(plan_view(asked))
    assert "The smallest lift that they can show is" in drawn(plan_view(asked))

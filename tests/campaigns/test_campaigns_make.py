"""Campaigns from plan to split: sizes, strata, caps, suppression, starts; and every way in which their input can be wrong."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from api.render.campaign_report import report_view
from api.render.campaigns import campaign_view, campaigns_view, plan_view
from audience.search.ask import search
from campaigns import make
from campaigns.answers import Settings
from campaigns.export import export_members
from campaigns.make import campaigns, plan, remove, show
from campaigns.outcomes import import_outcomes
from campaigns.report import report
from campaigns.split import held_out, split
from campaigns.stats import detectable
from campaigns.suppression import lift_suppression, suppress, suppressed, suppressed_people
from lake.store import Lake
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

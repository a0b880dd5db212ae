"""Making a campaign: who may be contacted is split and kept, before anybody is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import delete, func, select

from audience.window import LOCAL, moment
from campaigns.answers import STRATA, ArmAnswer, CampaignAnswer, Plan, Settings
from campaigns.eligible import exclusions
from campaigns.members import Asked, audience_of, traits_of
from campaigns.split import TYPICAL_RATE, ArmName, split, strata_of
from campaigns.state import campaign_table, connect, contact_table, member_table, outcome_table, stamp
from campaigns.stats import check_shares, detectable, sample_size
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ConflictError, NotFoundError
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms

_NAME = re.compile(r"[\w.-]{1,60}")
NOT_LISTABLE = "not listable"
_TODAY = timedelta(days=1)  # a start that is given as a date is its midnight


def plan(
    home: Home,
    baseline: float,
    *,
    difference: float | None = None,
    audience: Asked | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    control_share: float = 0.5,
    role: Role = Role.PLANNER,
    disclosure: Disclosure | None = None,
) -> Plan:
    """How many people show a ``difference`` of rates; without one, the smallest that the ``audience`` shows.

    Rates are 0 to 1. Raises BadInputError where neither is given or a value can't be, and what a search raises.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if difference is None and audience is None:
        raise BadInputError(
            "say which lift is to be shown, or for which audience", "--lift 20% or an audience"
        )
    if not 0 < baseline < 1:
        raise BadInputError(f"the baseline is a rate between 0 and 1, not {baseline:g}", "3 % is 0.03")
    check_shares(power, alpha, control_share)
    people, unlisted, asked = None, None, difference
    if audience is not None:
        found = audience_of(home, audience, disclosure)
        people, unlisted = disclosure.rounded(len(found.persons)), disclosure.count(found.not_listable)
    sizes: tuple[int, int] | None = None
    if difference is None and people is not None:
        difference = detectable(people, baseline, power, alpha, control_share)
    if difference is not None:
        sizes = sample_size(baseline, difference, power, alpha, control_share)
    return Plan(
        baseline=baseline, power=power, alpha=alpha, control_share=control_share,
        difference=None if difference is None else round(difference, 6),
        relative=None if difference is None else round(difference / baseline, 4),
        test=sizes and sizes[0], control=sizes and sizes[1], total=sizes and sum(sizes), available=people,
        not_listable=unlisted,
        enough=None if people is None or asked is None else sizes is not None and sum(sizes) <= people,
    )  # fmt: skip


def create(
    home: Home,
    name: str,
    audience: Asked,
    settings: Settings,
    starts: datetime | None = None,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
    past: bool = False,
) -> CampaignAnswer:
    """Split an audience into test and control and keep who is where. Needs role planner; audited.

    ``starts`` is when contacts begin (default now): caps and cool-down look back from it, outcomes count from it. One that
    has begun before today needs ``past``: what came of it is known when the split is drawn, and its report says so.

    Raises:
        BadInputError: a name, start or stratum that can't be, or too few people to split.
        ConflictError: a campaign of this name exists.
        ForbiddenError: the audience may not be used, or the role is too low.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    _check(home, name, settings)
    now = datetime.now(UTC)
    starts = now if starts is None else _start(starts, now, past)
    found = audience_of(home, audience, disclosure)
    told, held = exclusions(home, found.persons, settings, starts)
    out = set(held).union(*told.values())
    left_out = {why: len(people) for why, people in told.items()}
    if found.not_listable:
        left_out = {NOT_LISTABLE: found.not_listable, **left_out}
    people = found.people.filter(~pl.col("person_id").is_in(list(out)))
    traits = traits_of(home, people["person_id"].to_list())
    people = people.with_columns(
        pl.coalesce("score", traits["propensity"]) if people["score"].null_count() else pl.col("score")
    )
    if settings.size is not None and settings.size < people.height:
        best = pl.arg_sort_by("score", descending=True, nulls_last=True, maintain_order=True)
        chosen = people.select(best.head(settings.size)).to_series()
        people, traits = people[chosen], traits[chosen]
    strata = dict(zip(people["person_id"], strata_of(traits, settings.strata), strict=True))
    arms = split(
        Pseudonyms.open(home), name, strata, settings.control_share, settings.baseline or TYPICAL_RATE
    )
    kept = [
        _member(name, person, arms[person], strata[person], score, row)
        for person, score, row in zip(
            people["person_id"], people["score"], traits.iter_rows(named=True), strict=True
        )
    ]
    kept += [_member(name, person, str(ArmName.HOLDOUT), "", None, {}) for person in held]
    campaign = {
        "name": name, "created_at": stamp(now), "audience": found.label, "starts": stamp(starts),
        "ends": stamp(starts + timedelta(days=settings.window_days)), "settings": settings.model_dump_json(),
        "found": len(found.persons) + found.not_listable, "left_out": json.dumps(left_out),
    }  # fmt: skip
    record(
        home, who, role, "campaign create", {"campaign": name, "audience": found.label, "people": len(arms)}
    )
    with connect(home) as connection:
        connection.execute(campaign_table.insert().values(campaign))
        connection.execute(member_table.insert(), kept)
    return show(home, name, role, disclosure)


def show(home: Home, name: str, role: Role, disclosure: Disclosure | None = None) -> CampaignAnswer:
    """A campaign as it was made. Role planner. Raises NotFoundError."""
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    row = campaign_row(home, name)
    settings = Settings.model_validate_json(row["settings"])
    with connect(home) as connection:
        counted = connection.execute(
            select(member_table.c.arm, func.count().label("people"))
            .where(member_table.c.campaign == name)
            .group_by(member_table.c.arm)
        )
        sizes: dict[str, int] = {row.arm: row.people for row in counted}
        strata = connection.execute(
            select(func.count(func.distinct(member_table.c.stratum))).where(
                member_table.c.campaign == name, member_table.c.arm != str(ArmName.HOLDOUT)
            )
        ).scalar_one()
    split_people = sum(sizes.get(str(arm), 0) for arm in (ArmName.TEST, ArmName.CONTROL))
    return CampaignAnswer(
        name=name,
        audience=row["audience"],
        created_at=row["created_at"],
        starts=row["starts"],
        ends=row["ends"],
        past=is_past(row),
        settings=settings,
        found=disclosure.rounded(row["found"]),
        left_out={why: disclosure.count(people) for why, people in json.loads(row["left_out"]).items()},
        arms=[ArmAnswer(arm=str(arm), people=sizes.get(str(arm), 0)) for arm in ArmName if str(arm) in sizes],
        strata=strata,
        detectable=detectable(
            split_people, settings.baseline or TYPICAL_RATE, control_share=settings.control_share
        ),
    )


def campaigns(home: Home, role: Role, disclosure: Disclosure | None = None) -> list[CampaignAnswer]:
    """Every campaign, the latest first. Role planner."""
    require(role, Role.PLANNER)
    with connect(home) as connection:
        names = connection.execute(
            select(campaign_table.c.name).order_by(campaign_table.c.created_at.desc(), campaign_table.c.name)
        ).scalars()
        found = list(names)
    return [show(home, name, role, disclosure) for name in found]


def remove(home: Home, name: str, role: Role, who: str = "local") -> None:
    """Forget a campaign with its arms and outcomes; that its people were contacted stays known. Role admin; audited."""
    require(role, Role.ADMIN)
    row = campaign_row(home, name)
    record(home, who, role, "campaign remove", {"campaign": name})
    with connect(home) as connection:
        of_test = select(member_table.c.person_id).where(
            member_table.c.campaign == name, member_table.c.arm == str(ArmName.TEST)
        )
        contacts = [
            {"person_id": person, "at": row["starts"], "what": name}
            for person in connection.execute(of_test).scalars()
        ]
        if contacts:
            connection.execute(contact_table.insert().prefix_with("OR IGNORE"), contacts)
        for table, column in (
            (campaign_table, campaign_table.c.name),
            (member_table, member_table.c.campaign),
            (outcome_table, outcome_table.c.campaign),
        ):
            connection.execute(delete(table).where(column == name))


def campaign_row(home: Home, name: str) -> dict[str, Any]:
    """What is kept of a campaign. Raises NotFoundError, which names those there are."""
    with connect(home) as connection:
        row = connection.execute(
            select(campaign_table).where(campaign_table.c.name == name)
        ).mappings().first()  # fmt: skip
        known = connection.execute(select(campaign_table.c.name)).scalars().all()
    if row is None:
        some = ", ".join(sorted(known)[:10]) or "none yet: renqun campaign create NAME QUERY"
        raise NotFoundError(f"there is no campaign {name!r}", f"campaigns: {some}")
    return dict(row)


def is_past(row: Mapping[str, Any]) -> bool:
    """Whether a kept campaign had begun before the day on which it was made."""
    return datetime.fromisoformat(row["starts"]) < datetime.fromisoformat(row["created_at"]) - _TODAY


def _start(starts: datetime, now: datetime, past: bool) -> datetime:
    starts = moment(starts, now)
    if starts < now - _TODAY and not past:
        raise BadInputError(
            f"{starts.astimezone(LOCAL):%Y-%m-%d} is past: a split that is drawn when outcomes are known decided nobody's "
            "contact, and proves nothing",
            "begin today or later; to enter a campaign that ran with this very split: --past",
        )
    return starts


def _check(home: Home, name: str, settings: Settings) -> None:
    if not _NAME.fullmatch(name):
        raise BadInputError(
            f"{name!r} can't name a campaign", "letters, digits, '.', '_' and '-', at most 60"
        )
    for trait in settings.strata:
        if trait not in STRATA:
            raise BadInputError(f"there is no stratum {trait!r}", f"strata: {', '.join(STRATA)}")
    with connect(home) as connection:
        if connection.execute(select(campaign_table.c.name).where(campaign_table.c.name == name)).first():
            raise ConflictError(
                f"there is a campaign {name!r} already: its split stands",
                "choose another name, or look: renqun campaign show",
            )


def _member(
    campaign: str, person: str, arm: str, stratum: str, score: float | None, traits: dict[str, Any]
) -> dict[str, Any]:
    known = {name: value for name, value in traits.items() if value is not None and name != "person_id"}
    return {
        "campaign": campaign,
        "person_id": person,
        "arm": arm,
        "stratum": stratum,
        "score": score,
        "traits": json.dumps(known, ensure_ascii=False),
    }

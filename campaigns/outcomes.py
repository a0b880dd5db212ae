"""What came of a campaign: rows of the user's own system, each counted once or kept with the reason why not."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from audience.named.finder import find_each
from audience.named.lists import Row, read_csv
from campaigns.answers import OutcomeReport
from campaigns.make import campaign_row
from campaigns.split import ArmName
from campaigns.state import connect, member_table, outcome_table, stamp
from campaigns.suppression import TOLD_BY_ROWS, Why, add, name_of
from campaigns.touched import refuse_other_kind
from lake.gate.touchpoints import KIND_OF, OUTCOME_OF
from lake.persons import known_people
from lake.schemas import REJECTS
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home

_COLUMNS = {
    **dict.fromkeys(("at", "time", "date", "created_at", "时间", "日期", "下单时间", "购买时间", "支付时间"), "at"),
    **dict.fromkeys(("kind", "type", "event", "outcome", "status", "类型", "事件", "结果", "状态"), "kind"),
    **dict.fromkeys(("amount", "revenue", "paid", "total", "金额", "实付金额", "消费金额"), "amount"),
    **dict.fromkeys(("number", "order_id", "order_no", "订单号", "订单编号", "流水号"), "number"),
}  # fmt: skip
_CONVERSIONS = ("conversion", "converted", "转化", "报名", "registered")
NOT_A_MEMBER = "not in the campaign"
BEFORE, AFTER = "before the campaign started", "after the window"
TWICE = "counted twice"
_TABLE = "outcomes"


@dataclass(slots=True)
class _Sorted:
    """Rows of a file by what becomes of them."""

    counted: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[str, Row, str | None]] = field(default_factory=list)  # reason, row, account
    suppress: list[tuple[str, Why]] = field(default_factory=list)

    def refuse(self, reason: str, row: Row, account: str | None = None) -> None:
        """Keep a row that is not counted."""
        self.refused.append((reason, row, account))


def import_outcomes(
    home: Home,
    name: str,
    source: Path | bytes,
    timezone: str = "Asia/Shanghai",
    role: Role = Role.PLANNER,
    who: str = "local",
) -> OutcomeReport:
    """Read a CSV of outcomes: who (as seeds name people), ``at``, and ``kind``, ``amount``, ``number`` where known.

    A row without a kind, or with an amount alone, is a conversion; ``contact`` says that somebody was contacted; complaints,
    unsubscribes and blocks also suppress whoever they are of. Times without a zone are read in ``timezone``. Rows of people
    not in the campaign, outside its window, seen before, or that can't be right are kept as rejects and counted by reason.

    Raises BadInputError where the file is no such table, NotFoundError for an unknown campaign, ConflictError where its
    outcomes came from touchpoints.
    """
    require(role, Role.PLANNER)
    campaign = campaign_row(home, name)
    with connect(home) as connection:
        refuse_other_kind(connection, name, of_touchpoints=False)
    rows = list(read_csv(source, _COLUMNS, what="the file of outcomes"))
    if not any("at" in row for row in rows):
        raise BadInputError(
            "no column says when", "outcomes need at (or 时间), and who; kind, amount and number help"
        )
    found = _sort(home, campaign, rows, zone(timezone))
    refused = Counter(reason for reason, _, _ in found.refused)
    record(home, who, role, "campaign outcomes",
           {"campaign": name, "rows": len(rows), "counted": len(found.counted), "refused": dict(refused)})  # fmt: skip
    _keep_refused(home, name, found)
    with connect(home) as connection:
        if found.counted:
            kept = [{key: value for key, value in row.items() if key != "arm"} for row in found.counted]
            connection.execute(insert(outcome_table).on_conflict_do_nothing(), kept)
    suppressed = sum(
        add(home, [person for person, why in found.suppress if why is reason], reason, f"campaign {name}")
        for reason in TOLD_BY_ROWS
    )
    contacts = [row for row in found.counted if row["kind"] == "contact"]
    return OutcomeReport(
        campaign=name,
        rows=len(rows),
        counted=len(found.counted) - len(contacts),
        contacts=len(contacts),
        control_contacts=len({row["person_id"] for row in contacts if row["arm"] != str(ArmName.TEST)}),
        refused=dict(refused.most_common()),
        objections=len(found.suppress),
        suppressed=suppressed,
    )


def _sort(home: Home, campaign: dict[str, Any], rows: Sequence[Row], local: ZoneInfo) -> _Sorted:
    lake, found = Lake(home), _Sorted()
    person_of = dict(known_people(lake).iter_rows())
    starts, ends = (datetime.fromisoformat(campaign[key]) for key in ("starts", "ends"))
    now = datetime.now(UTC) + timedelta(days=1)
    with connect(home) as connection:
        own = outcome_table.c.campaign == campaign["name"]
        seen = set(connection.execute(select(outcome_table.c.id).where(own)).scalars())
        members = select(member_table.c.person_id, member_table.c.arm)
        of_campaign = connection.execute(members.where(member_table.c.campaign == campaign["name"]))
        arms = {member.person_id: member.arm for member in of_campaign}
    for row, (outcome, accounts) in zip(rows, find_each(home, rows), strict=True):
        account = accounts[0] if outcome == "resolved" else None
        kind, amount, fault = _what(row)
        objects = name_of(row, accounts) if kind in [str(why) for why in TOLD_BY_ROWS] else None
        if objects is not None:
            found.suppress.append((objects, Why(kind)))
            continue
        at = _moment(row.get("at", ""), local)
        person = person_of.get(account or "")
        arm = arms.get(person or "")
        reason = fault or _misplaced(outcome, at, arm, starts, ends, now)
        if reason:
            found.refuse(reason, row, account)
            continue
        assert at is not None
        key = _key(row, str(person), at, kind, amount)
        if key in seen:
            found.refuse(TWICE, row, account)
            continue
        seen.add(key)
        found.counted.append(
            {"campaign": campaign["name"], "id": key, "person_id": person, "at": stamp(at), "kind": kind,
             "amount": amount, "arm": arm}
        )  # fmt: skip
    return found


def _misplaced(
    outcome: str, at: datetime | None, arm: str | None, starts: datetime, ends: datetime, now: datetime
) -> str:
    """Why a row that says who and what can't be counted; empty where it can."""
    if outcome != "resolved":
        return {"malformed": "nobody is named", "opted_out": "opted out"}.get(
            outcome, f"nobody known: {outcome}"
        )
    if at is None:
        return "no time that can be read"
    if at > now:
        return "in the future"
    if arm is None:
        return NOT_A_MEMBER
    if at < starts:
        return BEFORE
    return AFTER if at > ends else ""


def _what(row: Row) -> tuple[str, float | None, str]:
    """Kind, amount, and the fault of a row that can't be right. An amount alone says that something was bought."""
    amount: float | None = None
    if said := row.get("amount", ""):
        try:
            amount = float(said.strip("¥￥$元 ").replace(",", "").replace("，", ""))
        except ValueError:
            return "", None, "amount can't be read as a number"
        if amount < 0:
            return (
                "",
                None,
                "amount is negative: write a refund with the kind refund and the amount paid back",
            )
        if amount != amount or amount == float("inf"):
            return "", None, "amount is no number"
    word = row.get("kind", "").strip().lower()
    if word in OUTCOME_OF:
        return OUTCOME_OF[word], amount, ""
    kind = KIND_OF.get(word, "")
    if kind == "contact":
        return "contact", None, ""
    if not word or kind == "purchase" or word in _CONVERSIONS:
        return "conversion", amount, ""
    return (
        "",
        None,
        f"the kind {word!r} is no outcome: conversion, purchase, refund, contact, complaint, unsubscribe or block",
    )


def _moment(text: str, local: ZoneInfo) -> datetime | None:
    plain = text.strip().replace("/", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        at = datetime.fromisoformat(plain)
        return (at if at.tzinfo else at.replace(tzinfo=local)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def zone(name: str) -> ZoneInfo:
    """A time zone by its name. Raises BadInputError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name is looked up as a file's
        raise BadInputError(
            f"there is no time zone {name[:60]!r}", "for example Asia/Shanghai or UTC"
        ) from None


def _key(row: Row, person: str, at: datetime, kind: str, amount: float | None) -> str:
    """The same for a row that comes again: by its number where it has one, else by all that it says."""
    number = row.get("number", "")
    parts = (kind, number) if number else (kind, person, stamp(at), repr(amount))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _keep_refused(home: Home, name: str, found: _Sorted) -> None:
    """The refused rows, whole, in the vault."""
    if not found.refused:
        return
    now, source = datetime.now(UTC), f"campaign:{name}"
    made = {}
    for reason, row, account in found.refused:
        text = json.dumps(dict(row), ensure_ascii=False, sort_keys=True)
        key = "r" + hashlib.sha256(f"{source}\0{reason}\0{text}".encode()).hexdigest()[:32]
        made[key] = {
            "id": key, "table": _TABLE, "reason": reason, "row": text, "account_id": account, "source": source,
            "run_id": source, "collected_at": now, "policy_id": "",
        }  # fmt: skip
    Lake(home).append({"rejects": pa.Table.from_pylist(list(made.values()), schema=REJECTS.schema)})


def refused_of(home: Home, name: str) -> dict[str, int]:
    """Reason to outcome rows of a campaign that were refused, each row once."""
    import polars as pl

    rows = Lake(home).read("rejects", ["reason", "source"], pl.col("source") == f"campaign:{name}")
    return dict(rows["reason"].value_counts(sort=True).iter_rows())

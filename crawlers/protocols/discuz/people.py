"""Profiles of a Discuz! site. Many sites show them to members only."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.discuz.parts import has, say_why, zone_of
from crawlers.protocols.document import Document, text_of
from crawlers.protocols.fields import drop_absent
from crawlers.protocols.html import plain_of
from crawlers.protocols.page import BadPage, RawPage
from crawlers.protocols.times import read_time
from lake.raw import RawAccount, RawRows

_X = etree.XPath
_PROFILE = _X(f"//div[{has('u_profile')}]")
_NAME = _X(".//h2[1]/text()")
_FACTS = _X(".//li[em]")
_UID = re.compile(r"UID:\s*(\d+)")
_COUNTED = re.compile(r"(回帖数|主题数|回帖數|主題數)\s*(\d+)")
_BIRTHDAY = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_FIELDS = {
    "性别": "gender", "性別": "gender", "生日": "birthday", "居住地": "region", "学历": "education", "學歷": "education",
    "职业": "occupation", "職業": "occupation", "自我介绍": "bio", "自我介紹": "bio", "注册时间": "registered_at",
    "註冊時間": "registered_at", "上次活动时间": "last_active_at", "上次活動時間": "last_active_at",
}  # fmt: skip


def parse_profile(page: Document, zone: tzinfo, now: datetime) -> RawPage:
    """Read a profile: what its owner states there and shows to guests."""
    box = page.first(_PROFILE)
    if box is None:
        say_why(page, "no profile")
    zone = zone_of(page, zone)
    found = _UID.search(text_of(box))
    uid = found[1] if found else None
    if uid is None:
        raise BadPage("the profile has no UID")
    facts: dict[str, str] = {}
    for item in page.find(_FACTS, box):
        label = text_of(item[0])
        if label in _FIELDS:
            facts.setdefault(_FIELDS[label], plain_of(item).text.removeprefix(label).strip())
    counted = [int(number) for _, number in _COUNTED.findall(text_of(box)) if len(number) < 10]
    row: RawAccount = {
        "native_id": uid,
        "handle": next((name for name in map(text_of, page.find(_NAME, box)) if name), None),
        "url": page.url,
        "kind": "person",
        "region": facts.get("region") or None,
        "gender": facts.get("gender"),
        "birthday": _birthday(facts.get("birthday")),
        "education": facts.get("education") or None,
        "occupation": facts.get("occupation") or None,
        "bio": facts.get("bio") or None,
        "posts_count": sum(counted) if counted else None,
        "registered_at": read_time(facts.get("registered_at"), zone, now),
        "last_active_at": read_time(facts.get("last_active_at"), zone, now),
    }
    rows = RawRows()
    rows.accounts.append(drop_absent(row))
    return RawPage(rows, counts={"items": 1})


def _birthday(text: str | None) -> str | None:
    found = _BIRTHDAY.search(text or "")
    return "-".join(found.groups()) if found else None

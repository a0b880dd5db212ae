"""What people declare of themselves in free profile fields: a label they choose, and a value."""

from __future__ import annotations

import re
from typing import Any

from crawlers.protocols.fields import as_dict, as_text
from crawlers.protocols.html import to_text
from lake.raw import RawAccount

_REGION = {"所在地", "地区", "坐标", "城市", "位置", "location", "region", "city", "based in", "live in"}
_GENDER = {"性别", "gender", "sex", "pronouns"}
_BIRTHDAY = {"生日", "birthday", "born", "date of birth"}
_EDUCATION = {"学校", "学历", "教育", "education", "school"}
_OCCUPATION = {"职业", "工作", "occupation", "job", "work", "profession"}
_WOMAN = re.compile(r"^(女|她|female|woman|f|she\b.*)", re.IGNORECASE)
_MAN = re.compile(r"^(男|他|male|man|m|he\b.*)$", re.IGNORECASE)


def declared(fields: list[Any]) -> RawAccount:
    """The facts in fields of the shape ``{"name": label, "value": HTML}``; labels that say something else are left."""
    facts: RawAccount = {}
    for entry in fields:
        name, value = as_text(as_dict(entry).get("name")), as_text(as_dict(entry).get("value"))
        if name is None or value is None:
            continue
        label, said = name.strip().strip(":：").casefold(), to_text(value)
        if not said:
            continue
        if label in _REGION:
            facts["region"] = said
        elif label in _GENDER:
            facts["gender"] = "f" if _WOMAN.match(said) else "m" if _MAN.match(said) else None
        elif label in _BIRTHDAY:
            facts["birthday"] = said
        elif label in _EDUCATION:
            facts["education"] = said
        elif label in _OCCUPATION:
            facts["occupation"] = said
    return facts

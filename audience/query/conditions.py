"""Single conditions as text: how each field is read and written."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.query.kinds import (
    MAX_LEVEL,
    Active,
    Activity,
    Age,
    Brand,
    Choice,
    Condition,
    Customer,
    Followers,
    Gender,
    Influence,
    Intent,
    Interest,
    Kind,
    Named,
    Posted,
    Segment,
    Tier,
    Words,
    fields_of,
    listed,
    nearest_count,
)
from audience.query.phrases import ACTIVITY, CUSTOMER, GENDER, INTENT, KIND, TIERS
from lake.counted import COUNT_DAYS, COUNT_STEPS

# Every name that a field may be called by, and the field.
_CHINESE = {
    "标签": "tag",
    "兴趣": "parent",
    "词": "words",
    "发文": "posts",
    "话题": "topic",
    "关注": "follows",
    "互动": "engaged",
    "品牌": "brand",
    "诉求": "benefit",
    "风格": "style",
    "地区": "region",
    "来源": "source",
    "活跃": "activity",
    "影响力": "influence",
    "粉丝": "followers",
    "社群": "community",
    "意向": "intent",
    "类型": "kind",
    "客户": "customer",
    "价值": "value",
    "性别": "gender",
    "年龄": "age",
    "学历": "education",
    "职业": "occupation",
    "人群": "segment",
}
FIELDS = {**{name: name for name in (*_CHINESE.values(), "active")}, **_CHINESE}
_CHOICES: dict[str, tuple[type[Choice], tuple[str, ...]]] = {
    fields_of(kind)[0]: (kind, get_args(kind.model_fields["value"].annotation))
    for kind in (Activity, Intent, Kind, Customer, Tier, Gender, Age)
}
# What a choice is called in Chinese, as queries are read, and the choice.
_SPOKEN = {
    field: {name: value for value, name in names.items()}
    for field, names in (
        ("activity", ACTIVITY),
        ("intent", INTENT),
        ("kind", KIND),
        ("customer", CUSTOMER),
        ("value", TIERS),
        ("gender", GENDER),
    )
}
_MOODS = {"+": "+", "-": "-", "＋": "+", "－": "-"}
_OPERATORS = str.maketrans({"＞": ">", "＜": "<", "＝": "="})
_LEVEL = re.compile(r"(>=|<=|>|<|=|≥|≤)(\d{1,3})(?:\.\.(\d{1,3}))?\Z")
# Up to 10^12, the most followers that the model takes.
_NUMBER = r"(\d{1,13})"
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}\Z")
_PLAIN = re.compile(r"[\w·.+#&'’/@%*!?！？。~～…—-]+\Z")
_COUNT = re.compile(r"(>=|>)(\d{1,9})(?:/(\d{1,9})(?:d|天|日)?)?\Z")
_RESERVED = frozenset({"AND", "OR", "NOT", "且", "或", "非", "&&", "||"})


def read_condition(field: str, before: str, value: str, quoted: bool, tail: str) -> Condition:
    """Make a condition of its parts: ``field:before value tail``, such as ``influence:`` ``>=`` ``p90``.

    Raises:
        BadQueryError: without a position; the parser adds it.
    """
    before = _sign(before)
    if not value.strip():
        raise BadQueryError(
            f"{field}: has no value right after the colon",
            f"for example {_EXAMPLES[field]}; one of several is (region:上海 OR region:北京)",
        )
    try:
        if field in ("tag", "parent"):
            return _interest(field, before, value, quoted, tail)
        if field in ("influence", "followers"):
            return _numbers(field, before, value, tail)
        if field == "posts":
            return _posted(value, tail)
        if field == "brand" and not before:
            return _brand(value, quoted, tail)
        if before not in ("", "=") or tail:
            raise BadQueryError(f"{field}: takes one value and no sign", f"for example {_EXAMPLES[field]}")
        if field == "words":
            return Words(field="words", value=value, phrase=quoted and not before)
        if field == "active":
            return _active(value)
        if field in _CHOICES:
            return _choice(field, value)
        if field == "segment":
            return Segment(field="segment", value=value)
        return Named.model_validate({"field": field, "value": value})
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadQueryError(
            f"{field}: {message[:1].lower()}{message[1:]}", f"for example {_EXAMPLES[field]}"
        ) from None


def condition_text(condition: Condition) -> str:
    """A condition as the text that :func:`read_condition` reads back."""
    match condition:
        case Interest(field=field, value=value, min=low, max=high):
            return f"{field}:{quote(value, level=True)}{_level(low, high)}"
        case Words(value=value, phrase=True):
            return _quoted(value)
        case Words(value=value):
            return value if quote(value) == value and value not in _RESERVED else f"words:={_quoted(value)}"
        case Posted(value=value, min=least, days=days):
            return f"posts({_quoted(value)})>={least}/{days}d"
        case Brand(value=value, mood=mood):
            return f"brand:{_quoted(value) if value[-1] in _MOODS else quote(value)}{mood or ''}"
        case Active(days=days):
            return f"active:{days}d"
        case Influence(min=low, max=high):
            return "influence:" + (f">=p{low}" if high == 100 else f"p{low}..p{high}")
        case Followers(min=low, max=high):
            return "followers:" + (f">={low}" if high is None else f"{low}..{high}")
        case _:
            return f"{condition.field}:{quote(condition.value)}"


def quote(value: str, level: bool = False) -> str:
    """``value`` as it may stand in a query: in quotes where it holds anything that has a meaning there."""
    plain = _PLAIN.match(value) and value[0] not in "-" and not (level and re.search(r"[<>=≥≤]", value))
    return value if plain else _quoted(value)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("”", "\\”") + '"'


def _sign(text: str) -> str:
    return text.translate(_OPERATORS).replace("≥", ">=").replace("≤", "<=").replace("==", "=")


def _level(low: int, high: int) -> str:
    if high == MAX_LEVEL:
        return "" if low == 1 else f">={low}"
    return f"<={high}" if low == 1 else f"={low}..{high}"


def _interest(field: str, before: str, value: str, quoted: bool, tail: str) -> Interest:
    if before:
        raise BadQueryError(f"{field}: needs a name before {before}", f"for example {_EXAMPLES[field]}")
    name, sign = (value, tail) if quoted else _split_level(value)
    low, high = 1, MAX_LEVEL
    if sign:
        match = _LEVEL.match(_sign(sign))
        if match is None or (match.group(3) and match.group(1) != "="):
            raise BadQueryError(
                f"{sign!r} is not a level", "levels are 1 to 10: tag:露营>=3, tag:露营<=5 or tag:露营=3..6"
            )
        low, high = _bounds(match.group(1), int(match.group(2)), match.group(3), MAX_LEVEL)
    if not (1 <= low <= MAX_LEVEL and 1 <= high <= MAX_LEVEL):
        raise BadQueryError("levels are 1 to 10", f"for example {_EXAMPLES[field]}")
    return Interest.model_validate({"field": field, "value": name, "min": low, "max": high})


def _split_level(value: str) -> tuple[str, str]:
    match = re.search(r"[<>=＜＞＝≥≤]", value)
    return (value[: match.start()], value[match.start() :]) if match else (value, "")


def _bounds(sign: str, number: int, upper: str | None, top: int) -> tuple[int, int]:
    return {
        ">=": (number, top),
        ">": (number + 1, top),
        "<=": (1, number),
        "<": (1, number - 1),
        "=": (number, int(upper) if upper else number),
    }[sign]


def _numbers(field: str, before: str, value: str, tail: str) -> Influence | Followers:
    plain = value.lower()
    if field == "influence":
        plain = re.sub(r"p(\d)", r"\1", plain)
    span = _RANGE.match(plain)
    if tail or not ((span and not before) or re.match(rf"{_NUMBER}\Z", plain)):
        raise BadQueryError(f"{value!r} is not a number", f"for example {_EXAMPLES[field]}")
    model = Influence if field == "influence" else Followers
    if span:
        return model.model_validate({"field": field, "min": int(span.group(1)), "max": int(span.group(2))})
    number = int(plain)
    bounds = {
        ">=": {"min": number},
        ">": {"min": number + 1},
        "<=": {"max": number},
        "<": {"max": number - 1},
        "=": {"min": number, "max": number},
        "": {"min": number, "max": number},
    }[before]
    return model.model_validate({"field": field, **bounds})


def _active(value: str) -> Active:
    match = re.match(r"(\d{1,4})(d|天|日)?\Z", value.lower())
    if match is None:
        raise BadQueryError(f"{value!r} is not a number of days", f"for example {_EXAMPLES['active']}")
    return Active(field="active", days=int(match.group(1)))


def _posted(value: str, tail: str) -> Posted:
    match = _COUNT.match(_sign(tail))
    if match is None:
        raise BadQueryError(
            f"posts(…) needs how many within how many days, not {tail!r}",
            f"for example {_EXAMPLES['posts']}; for fewer, put a - before it",
        )
    asked = int(match.group(2)) + (match.group(1) == ">"), int(match.group(3) or 30)
    near = nearest_count(*asked)
    if near != asked:
        raise BadQueryError(
            f"posts are counted {listed(COUNT_STEPS)} times within {listed(COUNT_DAYS)} days",
            f"the nearest that works is posts({_quoted(value)})>={near[0]}/{near[1]}d",
        )
    return Posted(field="posts", value=value, min=asked[0], days=asked[1])


def _brand(value: str, quoted: bool, tail: str) -> Brand:
    name, mood = (value, tail) if quoted else (value, "")
    if not quoted and len(value) > 1 and value[-1] in _MOODS:
        name, mood = value[:-1], value[-1]
    if mood and mood not in _MOODS:
        raise BadQueryError(f"{mood!r} does not belong here", f"for example {_EXAMPLES['brand']}")
    return Brand.model_validate({"field": "brand", "value": name, "mood": _MOODS.get(mood)})


def _choice(field: str, value: str) -> Condition:
    kind, choices = _CHOICES[field]
    spoken = _SPOKEN.get(field, {})
    plain = unicodedata.normalize("NFKC", value).lower()
    plain = spoken.get(plain) or spoken.get(f"{plain}性") or spoken.get(f"{plain}客户") or plain
    if plain not in choices:
        also = f"; in Chinese {', '.join(spoken)}" if spoken else ""
        raise BadQueryError(f"there is no {field} {value!r}", f"{field} is one of {', '.join(choices)}{also}")
    return kind.model_validate({"field": field, "value": plain})


_EXAMPLES = {
    "tag": "tag:露营>=3",
    "parent": "parent:户外",
    "words": 'words:="露营 帐篷"',
    "topic": "topic:t3",
    "follows": "follows:山野集",
    "engaged": "engaged:山野集",
    "region": "region:上海",
    "source": "source:mastodon",
    "activity": "activity:active",
    "active": "active:30d",
    "influence": "influence:>=p90",
    "followers": "followers:>=100",
    "community": "community:c1",
    "intent": "intent:asks",
    "kind": "kind:person",
    "posts": 'posts("露营")>=3/30d',
    "brand": "brand:山野集, brand:山野集+ or brand:山野集-",
    "benefit": "benefit:价格",
    "style": "style:尝鲜",
    "customer": "customer:current",
    "value": "value:high",
    "gender": "gender:f",
    "age": "age:25-34",
    "education": "education:本科",
    "occupation": "occupation:教师",
    "segment": "segment:露营潜客",
}

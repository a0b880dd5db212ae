"""Single conditions as text: how each field is read and written."""

from __future__ import annotations

import re
import unicodedata

from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.query.fields import CHOICES, EXAMPLES, SPOKEN, chosen
from audience.query.kinds import (
    MAX_LEVEL,
    Active,
    Brand,
    Condition,
    Followers,
    Influence,
    Interest,
    Named,
    Posted,
    Segment,
    Words,
    listed,
    nearest_count,
)
from audience.query.signs import COMPARED, UNCLEAR, comparison, in_quotes, is_sign, operator, quote
from lake.counted import COUNT_DAYS, COUNT_STEPS

_MOODS = {"+": "+", "-": "-", "＋": "+", "－": "-"}
_LEVEL = re.compile(r"(>=|<=|>|<|=|≥|≤)(\d{1,3})(?:\.\.(\d{1,3}))?\Z")
# Up to 10^12, the most followers that the model takes.
_NUMBER = r"(\d{1,13})"
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}\Z")
_COUNT = re.compile(r"(>=|>)(\d{1,9})次?(?:/(?:最?近|过去)?(\d{1,9})(?:d|天|日)?内?)?\Z")
# Days as people say them, with their unit: 30d, 30天, 近30天, 最近30天内.
_RECENT = re.compile(r"(?:最?近|过去)(\d{1,4})[天日]内?(?:活跃)?\Z")
_DAYS = re.compile(r"(?:最?近|过去)?(\d{1,4})(?:d|days?|天|日)内?\Z")
_BOUND = re.compile(rf"[{COMPARED}]+(?:p?\d.*)?\Z", re.DOTALL)
_SAID_LEVEL = re.compile(rf"[^{COMPARED}]+[{COMPARED}]+\d")


def read_condition(field: str, before: str, value: str, quoted: bool, tail: str) -> Condition:
    """Make a condition of its parts: ``field:before value tail``, such as ``influence:`` ``>=`` ``p90``.

    Raises:
        BadQueryError: without a position; the parser adds it.
    """
    before = comparison(before)
    if not value.strip():
        raise BadQueryError(
            f"{field}: has no value right after the colon",
            f"for example {EXAMPLES[field]}; one of several is (region:上海 OR region:北京)",
        )
    try:
        if field in ("tag", "parent"):
            return _interest(field, before, value, quoted, tail)
        if field in ("influence", "followers"):
            return _numbers(field, before, value, tail)
        if field == "posts":
            return _posted(*((value, tail) if quoted else _split_level(value + tail)))
        if field == "brand" and not before:
            return _brand(value, quoted, tail)
        if before not in ("", "=") or tail:
            raise BadQueryError(f"{field}: takes one value and no sign", f"for example {EXAMPLES[field]}")
        if field == "words":
            return Words(field="words", value=value, phrase=quoted and not before)
        if field == "active" or (field == "activity" and _days(value)):
            return _active(value)
        if field in CHOICES:
            return _choice(field, value)
        if field == "segment":
            return Segment(field="segment", value=value)
        return Named.model_validate({"field": field, "value": value})
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadQueryError(
            f"{field}: {message[:1].lower()}{message[1:]}", f"for example {EXAMPLES[field]}"
        ) from None


def condition_text(condition: Condition) -> str:
    """A condition as the text that :func:`read_condition` reads back."""
    match condition:
        case Interest(field=field, value=value, min=low, max=high):
            return f"{field}:{quote(value, level=True)}{_level(low, high)}"
        case Words(value=value, phrase=True):
            return in_quotes(value)
        case Words(value=value):
            bare = quote(value) == value and not (is_sign(value) or is_recency(value))
            return value if bare else f"words:={in_quotes(value)}"
        case Posted(value=value, min=least, days=days):
            return f"posts({in_quotes(value)})>={least}/{days}d"
        case Brand(value=value, mood=mood):
            return f"brand:{in_quotes(value) if value[-1] in _MOODS else quote(value)}{mood or ''}"
        case Active(days=days):
            return f"active:{days}d"
        case Influence(min=low, max=high):
            return "influence:" + (f">=p{low}" if high == 100 else f"p{low}..p{high}")
        case Followers(min=low, max=high):
            return "followers:" + (f">={low}" if high is None else f"{low}..{high}")
        case _:
            return f"{condition.field}:{quote(condition.value)}"


def _level(low: int, high: int) -> str:
    if high == MAX_LEVEL:
        return "" if low == 1 else f">={low}"
    return f"<={high}" if low == 1 else f"={low}..{high}"


def _interest(field: str, before: str, value: str, quoted: bool, tail: str) -> Interest:
    if before:
        raise BadQueryError(f"{field}: needs a name before {before}", f"for example {EXAMPLES[field]}")
    name, sign = (value, tail) if quoted else _split_level(value)
    low, high = 1, MAX_LEVEL
    if sign:
        match = _LEVEL.match(comparison(sign))
        if match is None or (match.group(3) and match.group(1) != "="):
            raise BadQueryError(
                f"{sign!r} is not a level", "levels are 1 to 10: tag:露营>=3, tag:露营<=5 or tag:露营=3..6"
            )
        low, high = _bounds(match.group(1), int(match.group(2)), match.group(3), MAX_LEVEL)
    if not (1 <= low <= MAX_LEVEL and 1 <= high <= MAX_LEVEL):
        raise BadQueryError("levels are 1 to 10", f"for example {EXAMPLES[field]}")
    return Interest.model_validate({"field": field, "value": name, "min": low, "max": high})


def _split_level(value: str) -> tuple[str, str]:
    match = re.search(rf"[{COMPARED}]", value)
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
        raise BadQueryError(f"{value!r} is not a number", f"for example {EXAMPLES[field]}")
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


def is_recency(word: str) -> bool:
    """Whether a word on its own says how recently somebody was active: 近30天."""
    return bool(_RECENT.match(word))


def read_bare(word: str) -> Condition:
    """A word without field or quotes: 近30天 is ``active:30d``, all others are looked for in posts.

    Raises:
        BadQueryError: without a position, for what is no word but a condition half written.
    """
    if is_recency(word):
        return _active(word)
    if word in UNCLEAR:
        raise BadQueryError(
            f"{word!r} may mean and or or", f'write 且 (AND) or 或 (OR); put the word into quotes: "{word}"'
        )
    if operator(word):
        raise BadQueryError(
            f"{word!r} stands where a condition should", f'remove it; put the word into quotes: "{word}"'
        )
    if _BOUND.match(word):
        raise BadQueryError(
            f"{word!r} has nothing before it",
            'leave no space before a sign: tag:露营>=3; put words into quotes: "…"',
        )
    if _SAID_LEVEL.match(word):
        raise BadQueryError(
            f"{word!r} says a level but no field", f'for example tag:{word}; put words into quotes: "{word}"'
        )
    return read_condition("words", "", word, False, "")


def _days(value: str) -> int | None:
    plain = unicodedata.normalize("NFKC", value).lower()
    match = _DAYS.match(plain) or _RECENT.match(plain)
    return int(match.group(1)) if match else None


def _active(value: str) -> Active:
    days = int(value) if re.match(r"\d{1,4}\Z", value) else _days(value)
    if days is None:
        raise BadQueryError(f"{value!r} is not a number of days", f"for example {EXAMPLES['active']}")
    return Active(field="active", days=days)


def _posted(value: str, tail: str) -> Posted:
    match = _COUNT.match(comparison(tail))
    if match is None:
        state = "" if tail else chosen("activity", value)
        raise BadQueryError(
            f"posts(…) needs how many within how many days{f', not {tail!r}' if tail else ''}",
            f"for how much they post write activity:{state}"
            if state
            else f"for example posts({in_quotes(value)})>=3/30d; for fewer, put a - before it",
        )
    asked = int(match.group(2)) + (match.group(1) == ">"), int(match.group(3) or 30)
    near = nearest_count(*asked)
    if near != asked:
        raise BadQueryError(
            f"posts are counted {listed(COUNT_STEPS)} times within {listed(COUNT_DAYS)} days",
            f"the nearest that works is posts({in_quotes(value)})>={near[0]}/{near[1]}d",
        )
    return Posted(field="posts", value=value, min=asked[0], days=asked[1])


def _brand(value: str, quoted: bool, tail: str) -> Brand:
    name, mood = (value, tail) if quoted else (value, "")
    if not quoted and len(value) > 1 and value[-1] in _MOODS:
        name, mood = value[:-1], value[-1]
    if mood and mood not in _MOODS:
        raise BadQueryError(f"{mood!r} does not belong here", f"for example {EXAMPLES['brand']}")
    return Brand.model_validate({"field": "brand", "value": name, "mood": _MOODS.get(mood)})


def _choice(field: str, value: str) -> Condition:
    kind, choices = CHOICES[field]
    plain = chosen(field, value)
    if not plain:
        spoken = SPOKEN.get(field)
        also = f"; in Chinese {', '.join(spoken)}" if spoken else ""
        also += "; for days back write active:30d" if field == "activity" else ""
        raise BadQueryError(f"there is no {field} {value!r}", f"{field} is one of {', '.join(choices)}{also}")
    return kind.model_validate({"field": field, "value": plain})

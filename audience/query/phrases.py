"""Single conditions in plain Chinese, as said of the people wanted and as denied of those refused."""

from __future__ import annotations

from collections.abc import Mapping

from audience.query.model import (
    MAX_LEVEL,
    Active,
    Activity,
    Age,
    Brand,
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
)

Names = Mapping[str, Mapping[str, str]]
_NAMED = {
    "topic": ("谈过话题“{}”", "没谈过话题“{}”"),
    "follows": ("关注{}", "未关注{}"),
    "engaged": ("与{}互动过", "未与{}互动过"),
    "region": ("在{}", "不在{}"),
    "source": ("来自{}", "不来自{}"),
    "community": ("属于社群“{}”", "不属于社群“{}”"),
    "benefit": ("看重{}", "不看重{}"),
    "style": ("消费风格{}", "消费风格不是{}"),
    "education": ("学历{}", "学历不是{}"),
    "occupation": ("职业{}", "职业不是{}"),
}
ACTIVITY = {"new": "新加入", "active": "活跃", "quiet": "沉默", "gone": "已流失"}
INTENT = {"asks": "咨询", "compares": "比较", "owns": "已拥有", "complains": "抱怨", "recommends": "推荐"}
KIND = {"person": "个人", "organisation": "机构", "media": "媒体", "brand": "品牌", "bot": "机器人"}
CUSTOMER = {"potential": "潜在客户", "current": "现有客户", "dormant": "沉睡客户", "lost": "流失客户"}
TIERS = {"high": "高", "middle": "中", "low": "低"}
GENDER = {"f": "女性", "m": "男性"}
_MOOD = {"+": "好评", "-": "差评", None: "提到"}


def said(condition: Condition, names: Names) -> str:
    """``condition`` of the people wanted."""
    match condition:
        case Interest():
            return (
                f"{_interest(condition)}{_levels(condition)}"
                if _levels(condition)
                else f"有{_interest(condition)}"
            )
        case Words(value=value, phrase=phrase):
            return f"近期{'原话' if phrase else ''}提到“{value}”"
        case Posted(value=value, min=least, days=days):
            return f"近{days}天至少{least}次谈到“{value}”"
        case Active(days=days):
            return f"近{days}天活跃"
        case Named(field=field, value=value):
            return _NAMED[field][0].format(_named(condition, names))
        case Brand(value=value, mood=mood):
            return f"{_MOOD[mood]}过品牌{value}"
        case Segment(value=value):
            return f"属于人群“{value}”"
        case Influence() | Followers():
            return _range(condition)
        case Intent(value=value):
            return f"有{INTENT[value]}意向"
        case _:
            subject, value = _choice(condition)
            return f"{subject}为{value}" if subject else value


def denied(condition: Condition, names: Names) -> str:
    """``condition`` of the people refused. What is not known of somebody is refused of nobody: those stay in."""
    match condition:
        case Interest(min=1, max=high) if high == MAX_LEVEL:
            return f"没有{_interest(condition)}"
        case Interest():
            return f"{_interest(condition)}并非{_levels(condition)}"
        case Words(value=value, phrase=phrase):
            return f"近期未{'原话' if phrase else ''}提到“{value}”"
        case Posted(value=value, min=least, days=days):
            return f"近{days}天谈到“{value}”不到{least}次"
        case Active(days=days):
            return f"近{days}天不活跃"
        case Named(field=field, value=value):
            return _NAMED[field][1].format(_named(condition, names))
        case Brand(value=value, mood=mood):
            return f"没有{_MOOD[mood]}过品牌{value}"
        case Segment(value=value):
            return f"不属于人群“{value}”"
        case Influence() | Followers():
            return f"并非{_range(condition)}"
        case Intent(value=value):
            return f"没有{INTENT[value]}意向"
        case _:
            subject, value = _choice(condition)
            return f"{subject}不是{value}" if subject else f"不是{value}"


def _named(condition: Named, names: Names) -> str:
    return names.get(condition.field, {}).get(condition.value) or condition.value


def _interest(condition: Interest) -> str:
    return f"{condition.value}兴趣" if condition.field == "tag" else f"{condition.value}类兴趣"


def _levels(condition: Interest) -> str:
    low, high = condition.min, condition.max
    if high == MAX_LEVEL:
        return f"≥{low}级" if low > 1 else ""
    if low == high:
        return f"为{low}级"
    return f"≤{high}级" if low == 1 else f"{low}至{high}级"


def _range(condition: Influence | Followers) -> str:
    low, high = condition.min, condition.max
    if isinstance(condition, Influence):
        if low == high:
            return f"影响力在第{low}百分位"
        return f"影响力前{100 - low}%" if high == 100 else f"影响力在第{low}至{high}百分位"
    if high is None:
        return f"粉丝≥{low}"
    return f"粉丝为{low}" if low == high else f"粉丝{low}至{high}"


def _choice(condition: Condition) -> tuple[str, str]:
    """What is chosen from, and what: 年龄, 25-34岁."""
    match condition:
        case Activity(value=value):
            return "发文状态", ACTIVITY[value]
        case Kind(value=value):
            return "账号类型", KIND[value]
        case Customer(value=value):
            return "", CUSTOMER[value]
        case Tier(value=value):
            return "客户价值", TIERS[value]
        case Gender(value=value):
            return "", GENDER[value]
        case Age(value=value):
            return "年龄", f"{value}岁"
    raise TypeError(f"no words for {condition}")

"""A query in plain Chinese, so that people can check that it means what they meant."""

from __future__ import annotations

from collections.abc import Mapping

from audience.query.canonical import canonical
from audience.query.model import (
    MAX_LEVEL,
    Active,
    Activity,
    Age,
    AudienceQuery,
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

_NAMED = {
    "topic": "谈过话题“{}”",
    "follows": "关注“{}”",
    "engaged": "与“{}”互动过",
    "region": "地区为“{}”",
    "source": "来自“{}”",
    "community": "属于社群“{}”",
    "benefit": "看重“{}”",
    "style": "消费风格为“{}”",
    "education": "学历为“{}”",
    "occupation": "职业为“{}”",
}
_ACTIVITY = {"new": "新加入", "active": "活跃", "quiet": "沉默", "gone": "已流失"}
_INTENT = {"asks": "咨询", "compares": "比较", "owns": "已拥有", "complains": "抱怨", "recommends": "推荐"}
_CUSTOMER = {"potential": "潜在客户", "current": "现有客户", "dormant": "沉睡客户", "lost": "流失客户"}
_TIER = {"high": "高", "middle": "中", "low": "低"}
_GENDER = {"f": "女", "m": "男"}
_MOOD = {"+": "好评", "-": "差评", None: "提到"}
_KIND = {"person": "个人", "organisation": "机构", "media": "媒体", "brand": "品牌", "bot": "机器人"}


def reading(query: AudienceQuery, names: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """The query in one Chinese sentence; ``names`` gives topics and communities their names by id."""
    simple = canonical(query)
    if not (simple.all or simple.any or simple.none):
        return "所有人"
    return _group(simple, names or {}) + "的人"


def _group(group: AudienceQuery, names: Mapping[str, Mapping[str, str]]) -> str:
    if group.any:
        return "或者".join(_node(node, names) for node in group.any)
    parts = [_node(node, names) for node in group.all]
    parts += [f"不（{_node(node, names).removeprefix('（').removesuffix('）')}）" for node in group.none]
    return "，并且".join(parts) if parts else "所有人"


def _node(node: Condition | AudienceQuery, names: Mapping[str, Mapping[str, str]]) -> str:
    if isinstance(node, AudienceQuery):
        return f"（{_group(node, names)}）"
    return _condition(node, names)


def _condition(condition: Condition, names: Mapping[str, Mapping[str, str]]) -> str:
    match condition:
        case Interest(field=field, value=value, min=low, max=high):
            kind = "兴趣标签" if field == "tag" else "大类兴趣"
            return f"{kind}“{value}”" + _levels(low, high)
        case Words(value=value, phrase=phrase):
            return f"近期发文{'连续提到' if phrase else '提到'}“{value}”"
        case Activity(value=value):
            return f"发文状态为{_ACTIVITY[value]}"
        case Active(days=days):
            return f"最近 {days} 天内活跃"
        case Intent(value=value):
            return f"有“{_INTENT[value]}”的购买意向"
        case Kind(value=value):
            return f"账号类型为{_KIND[value]}"
        case Posted(value=value, min=least, days=days):
            return f"近 {days} 天至少 {least} 次谈到“{value}”"
        case Brand(value=value, mood=mood):
            return f"{_MOOD[mood]}过品牌“{value}”"
        case Segment(value=value):
            return f"属于人群“{value}”"
        case Customer(value=value):
            return f"是{_CUSTOMER[value]}"
        case Tier(value=value):
            return f"客户价值{_TIER[value]}"
        case Gender(value=value):
            return f"性别为{_GENDER[value]}"
        case Age(value=value):
            return f"年龄 {value} 岁"
        case Influence(min=low, max=high):
            return f"影响力在第 {low} 百分位以上" if high == 100 else f"影响力在第 {low} 至 {high} 百分位"
        case Followers(min=low, max=None):
            return f"粉丝不少于 {low} 人"
        case Followers(min=low, max=high):
            return f"粉丝 {low} 至 {high} 人"
        case Named(field=field, value=value):
            return _NAMED[field].format(names.get(field, {}).get(value) or value)


def _levels(low: int, high: int) -> str:
    if high == MAX_LEVEL:
        return f"不低于 {low} 级" if low > 1 else ""
    if low == high:
        return f"为 {low} 级"
    return f"不高于 {high} 级" if low == 1 else f"在 {low} 至 {high} 级"

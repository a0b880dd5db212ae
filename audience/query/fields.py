"""The fields of queries as text: every name of each, what its choices are called, and an example."""

from __future__ import annotations

import unicodedata
from typing import get_args

from audience.query.kinds import (
    Activity,
    Age,
    Choice,
    Customer,
    Gender,
    Intent,
    Kind,
    Tier,
    fields_of,
)
from audience.query.phrases import ACTIVITY, CUSTOMER, GENDER, INTENT, KIND, TIERS

# Every name that a field may be called by, and the field.
_CHINESE = {
    "标签": "tag",
    "兴趣": "parent",
    "词": "words",
    "发文": "posts",
    "发帖": "posts",
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
CHOICES: dict[str, tuple[type[Choice], tuple[str, ...]]] = {
    fields_of(kind)[0]: (kind, get_args(kind.model_fields["value"].annotation))
    for kind in (Activity, Intent, Kind, Customer, Tier, Gender, Age)
}
# What a choice is called in Chinese, as queries are read, and the choice.
SPOKEN = {
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
EXAMPLES = {
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


def chosen(field: str, text: str) -> str:
    """The choice of a field that ``text`` names, in English or Chinese; empty where it names none."""
    spoken = SPOKEN.get(field, {})
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = spoken.get(plain) or spoken.get(f"{plain}性") or spoken.get(f"{plain}客户") or plain
    return plain if plain in CHOICES[field][1] else ""

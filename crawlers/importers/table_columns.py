"""Which column of a table is which field: what people say, and what the names of columns tell, Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lake.frames import FRAMES
from privacy.errors import BadInputError

_ID = ("native_id", "id", "编号")
_TIME = ("created_at", "at", "time", "date", "datetime", "timestamp", "时间", "日期", "发布时间", "完整日期")
_PERSON_ID = ("user_id", "userid", "uid", "用户id", "用户编号", "账号id", "member_id")
_HANDLE = (
    "handle",
    "username",
    "user_name",
    "screen_name",
    "nickname",
    "昵称",
    "用户昵称",
    "用户名",
    "账号",
    "帐号",
)
_URL = ("url", "link", "链接", "网址")

# Names that columns have, per table and field, the likeliest first; a field's own name comes before them all.
_NAMES: dict[str, dict[str, Sequence[str]]] = {
    "posts": {
        "native_id": (*_ID, "post_id", "mid", "note_id", "微博id", "帖子id", "文章id"),
        "author_native_id": ("author_id", *_PERSON_ID, "作者id"),
        "author_handle": ("author", *_HANDLE, "作者", "发布者"),
        "created_at": (*_TIME, "published_at", "publish_time", "发表时间"),
        "text": ("content", "body", "message", "正文", "内容", "微博正文", "文本"),
        "title": ("subject", "标题"),
        "lang": ("language", "语言"),
        "board": ("forum", "category", "版块", "板块", "分类", "话题圈"),
        "hashtags": ("tags", "topics", "话题", "标签"),
        "url": _URL,
        "reply_to_native_id": ("reply_to_id", "in_reply_to_id", "parent_id", "回复id"),
        "reply_to_author_native_id": ("reply_to_user_id", "in_reply_to_user_id"),
        "repost_of_native_id": ("retweet_id", "repost_id", "源微博id"),
        "repost_of_author_native_id": ("retweet_user_id", "源用户id"),
        "likes": ("like_count", "attitudes_count", "favourites", "点赞数", "点赞", "赞"),
        "replies": ("comments", "comments_count", "reply_count", "评论数", "评论", "回复数"),
        "reposts": ("shares", "reposts_count", "retweets", "转发数", "转发"),
    },
    "accounts": {
        "native_id": (*_ID, *_PERSON_ID),
        "handle": _HANDLE,
        "url": ("profile_url", "主页", "主页链接", *_URL),
        "name": ("display_name", "姓名", "名称"),
        "bio": ("description", "简介", "个人简介"),
        "region": ("location", "city", "province", "地区", "城市", "所在地", "ip属地"),
        "gender": ("sex", "性别"),
        "birthday": ("birth_date", "生日", "出生日期"),
        "education": ("学历", "学习经历"),
        "occupation": ("job", "company", "职业", "公司"),
        "verified": ("是否认证", "认证"),
        "followers_count": ("followers", "fans", "粉丝数", "粉丝"),
        "following_count": ("following", "follow_count", "关注数", "关注"),
        "posts_count": ("posts", "statuses_count", "微博数", "发帖数"),
        "registered_at": ("created_at", "joined_at", "注册时间"),
        "last_active_at": ("last_seen_at", "最后活跃", "最近活跃"),
    },
    "edges": {
        "src_native_id": (
            "src",
            "source_id",
            "from",
            "from_id",
            "follower",
            "follower_id",
            "粉丝id",
            "关注者",
        ),
        "dst_native_id": ("dst", "target", "target_id", "to", "to_id", "followee", "followed_id", "被关注者"),
        "kind": ("type", "relation", "类型", "关系"),
        "at": _TIME,
        "post_native_id": ("post_id", "帖子id"),
    },
    "keywords": {
        "term": ("keyword", "word", "query", "title", "关键词", "搜索词", "词", "热搜词"),
        "at": (*_TIME, "day", "hour"),
        "grain": ("粒度",),
        "rank": ("position", "排名", "名次"),
        "volume": ("heat", "hot", "index", "searches", "搜索量", "热度", "指数", "搜索指数"),
        "category": ("分类", "类别"),
        "description": ("描述", "简介"),
        "related": ("相关词",),
    },
    "touchpoints": {
        "number": (
            "order_id",
            "order_no",
            "receipt",
            "transaction_id",
            "订单号",
            "订单编号",
            "流水号",
            "单号",
        ),
        "source": ("platform", "平台", "来源平台"),
        "native_id": _PERSON_ID,
        "handle": _HANDLE,
        "url": ("profile_url", "主页", "主页链接"),
        "customer_id": ("customer", "member", "会员号", "会员编号", "客户id", "客户编号", "客户号"),
        "at": (*_TIME, "paid_at", "order_time", "下单时间", "支付时间", "购买时间", "交易时间"),
        "kind": ("type", "event", "类型", "事件"),
        "what": ("product", "item", "sku", "question", "商品", "商品名称", "产品", "问题", "内容"),
        "amount": ("price", "total", "paid", "revenue", "金额", "实付金额", "消费金额", "价格"),
        "place": ("store", "shop", "where", "city", "门店", "店铺", "地点", "城市"),
        "channel": ("medium", "渠道"),
        "promotion": ("campaign", "coupon", "活动", "促销", "优惠券"),
        "outcome": ("status", "result", "answer", "结果", "状态", "回答"),
    },
}
NEEDED: dict[str, tuple[str, ...]] = {
    "posts": ("native_id", "author_native_id", "created_at"),
    "accounts": ("native_id",),
    "edges": ("src_native_id", "dst_native_id"),
    "keywords": ("term", "at"),
    "touchpoints": ("at",),
}
TABLES = tuple(_NAMES)


@dataclass(frozen=True, slots=True)
class Columns:
    """Field to column, and the file's columns that are no field."""

    of: dict[str, str]
    unused: tuple[str, ...]

    def __str__(self) -> str:
        said = ", ".join(f"{field} from {column}" for field, column in self.of.items())
        return f"Read {said}." + (f" Not used: {', '.join(self.unused)}." if self.unused else "")


def find_columns(table: str, header: Sequence[str], given: Mapping[str, str]) -> Columns:
    """Each field's column: the given one, else the first whose name tells it; no column serves two fields.

    Raises BadInputError where a given field or column doesn't exist, or a needed field has no column.
    """
    fields = [field for field in FRAMES[table] if field != "mentions"]  # a list of accounts fits no cell
    for field, column in given.items():
        if field not in fields:
            raise BadInputError(f"{table} have no field {field!r}.", f"Fields: {', '.join(fields)}.")
        if column not in header:
            raise BadInputError(f"The file has no column {column!r}.", f"Columns: {', '.join(header)}.")
    found = dict(given)
    plain = {_plain(column): column for column in reversed(header)}
    for field in fields:
        names = [field, *_NAMES[table].get(field, ())]
        free = [
            plain[name] for name in map(_plain, names) if name in plain and plain[name] not in found.values()
        ]
        if field not in found and free:
            found[field] = free[0]
    if lacking := [field for field in NEEDED[table] if field not in found]:
        raise BadInputError(
            f"No column tells {', '.join(lacking)}.",
            f"Say it: --map {lacking[0]}=COLUMN, one of {', '.join(header)}.",
        )
    ordered = {field: found[field] for field in fields if field in found}
    return Columns(ordered, tuple(column for column in header if column not in found.values()))


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")

"""Where a post stands on the way to buying: asks, compares, owns, complains, recommends, or nothing of these.

A cue lexicon written for this project: patterns over the normalised text, matched in bulk by Polars' regex engine,
with weights; the class with most weight wins, at one at least.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

INTENTS = ("asks", "compares", "owns", "complains", "recommends")
LONGEST_TEXT = 2_000  # characters looked at

_BUY = "(?:买|入手|购入|购买|下单|囤|收|换)"
_NOUN = r"[\w\u4e00-\u9fff]{1,12}"

# (class, weight, pattern). Weights under one need company.
CUES: tuple[tuple[str, float, str], ...] = (
    (
        "asks",
        2.0,
        r"求(?:推荐|安利|种草|链接|建议|指教|指路|避雷|问|科普|型号|同款)|蹲(?:一个|个)?(?:推荐|链接|同款|测评)",
    ),
    (
        "asks",
        2.0,
        rf"(?:值得|值不值得|要不要|该不该|能不能|可以|建议|推荐){_BUY}[^。!！]{{0,8}}[吗嘛么?？]|值不值得?{_BUY}",
    ),
    (
        "asks",
        2.0,
        r"(?:有没有|有无|谁有|哪位有|大家有|有什么|有啥)[^。!！]{0,12}推荐|(?:有|能|可以)推荐[^。!！]{0,8}[吗嘛么?？]",
    ),
    (
        "asks",
        1.5,
        rf"(?:想|打算|准备|考虑|计划|纠结){_BUY}[^。!！]{{0,16}}(?:[吗嘛呢?？]|哪|什么|怎么|多少|推荐)",
    ),
    (
        "asks",
        1.5,
        rf"(?:哪里|哪儿|在哪|哪家|怎么|去哪|上哪){_BUY}|{_BUY}(?:哪款|哪个|哪种|哪家|什么牌子|啥牌子)",
    ),
    ("asks", 1.0, r"(?:^|[^不没别])(?:想|打算|准备|考虑)(?:要?买|入手|购入|下单|囤)"),
    ("asks", 1.2, r"(?:大概|一般|现在)?(?:多少钱|什么价(?:格|位)?|价格多少|什么牌子(?:的)?好|预算\d+)"),
    (
        "asks",
        1.2,
        r"(?:好用|靠谱|划算|值|适合新手|质量好)(?:不|吗|么|嘛|不好用)[?？]?$|(?:怎么样|如何|咋样)[?？]|新手(?:该)?怎么选",
    ),
    (
        "compares",
        2.5,
        rf"{_NOUN}(?:和|与|跟|还是|vs\.?|VS|对比|PK|pk){_NOUN}[^。!！]{{0,6}}(?:哪个|哪款|哪种|谁)(?:更|比较)?(?:好|值|强|划算|合适|适合|香|靠谱|推荐)",
    ),
    (
        "compares",
        2.2,
        rf"(?:选|{_BUY})[^。,，!！]{{1,14}}还是[^。!！]{{1,14}}|纠结[^。!！]{{1,14}}(?:还是|和|与|跟)[^。!！]{{1,14}}",
    ),
    (
        "compares",
        2.0,
        r"(?:有什么|有啥|的|啥)区别|哪个(?:更|比较)?(?:值得|划算|性价比)|二选一|三选一|怎么选[?？]|横评|横向对比|对比(?:测评|评测|一下)",
    ),
    (
        "complains",
        2.2,
        r"踩(?:雷|坑)|避雷|拔草|翻车|退货|退款|差评|智商税|割韭菜|货不对板|假货|虚假宣传|后悔(?:买|入|下单|入手)",
    ),
    (
        "complains",
        2.0,
        r"(?:质量|做工|售后|客服|品控|服务|体验)[^。,，!！]{0,6}(?:差|烂|垃圾|拉胯|敷衍|堪忧|不行|太差|感人|一言难尽)",
    ),
    (
        "complains",
        1.8,
        r"(?:用|买|穿|戴|开|吃)了?[^。!！]{0,10}就(?:坏|断|裂|掉色|起球|开胶|卡顿|漏|没电|过敏)|又坏了|再也不(?:买|会买|来|用|去)|别买|不推荐|太失望|千万别",
    ),
    (
        "recommends",
        2.0,
        r"(?:强烈|真心|超级|特别|无限|必须|诚心|吐血|闭眼)(?:推荐|安利|入|冲|种草)|(?:安利|推荐|种草)(?:给|一下|大家|你们|一波|这)",
    ),
    (
        "recommends",
        1.8,
        r"(?:闭眼入|无脑入|无脑冲|值得(?:入手|拥有|购买|买|一试|推荐)|必入|必买|回购(?:无数|了|第)|无限回购|良心推荐|宝藏)",
    ),
    (
        "recommends",
        1.5,
        r"(?:姐妹|兄弟|家人|朋友)们?(?:快|都)?(?:冲|去买|给我冲)|(?:yyds|YYDS|绝绝子|真香|太好用了|好用到哭|相见恨晚)",
    ),
    (
        "owns",
        2.0,
        rf"(?:刚|新|终于|昨天|今天|上周|去年|前几天|已经|又|早就)?(?:{_BUY}了|到手|到货|开箱|提车|喜提|拿下了?|晒单|收到货|收到了)",
    ),
    (
        "owns",
        1.2,
        r"(?:已|已经|刚刚?|果断|直接|连夜)(?:下单|付款|拍下|入手|购入|入坑)|(?:下单|拍下|付款|入手)(?:啦|成功)",
    ),
    (
        "owns",
        1.6,
        r"(?:用|穿|戴|开|骑|玩|养|住)了(?:\d+|一|两|三|四|五|六|七|八|九|十|半|几|快|好几)个?(?:多)?(?:天|周|星期|月|年)",
    ),
    (
        "owns",
        1.3,
        r"(?:我的|我家的?|自用的?|我这(?:台|款|双|辆|个|只|把|副|块|件))|(?:使用|入手|上脚|上身)(?:感受|体验|心得|反馈)|新入(?:手)?的?",
    ),
)
# Said of not having, so that "没买" and "不想买" are not "买了".
_DENIED = rf"(?:没|没有|不|不想|不会|还没|从没|从来没|舍不得|别|不敢){_BUY}"


def patterns_of(intent: str) -> tuple[str, ...]:
    """The patterns that speak for an intent; none for a name that is not one."""
    return tuple(pattern for name, _, pattern in CUES if name == intent)


def intents(texts: Sequence[str], docs: Sequence[Sequence[str]]) -> list[str | None]:
    """The purchase intent of each post, None for most.

    ``texts`` are normalised (:func:`nlp.normalise.normalise_all`); ``docs`` their words: a post of a single word has
    no intent. Ties go by the order compares, complains, asks, recommends, owns: from the rarer to the commoner.
    """
    if len(texts) != len(docs):
        raise ValueError("texts and docs differ in length")
    if not texts:
        return []
    column = pl.Series("text", texts, dtype=pl.String).str.slice(0, LONGEST_TEXT)
    order = ("compares", "complains", "asks", "recommends", "owns")
    weight = np.zeros((len(texts), len(order)))
    denied = column.str.contains(_DENIED).to_numpy()
    for name, amount, pattern in CUES:
        found = column.str.contains(pattern).to_numpy()
        if name == "owns":
            found = found & ~denied
        weight[:, order.index(name)] += amount * found
    weight[np.fromiter((len(doc) < 2 for doc in docs), dtype=bool, count=len(docs))] = 0.0
    best = weight.argmax(axis=1)
    sure = weight.max(axis=1) >= 1.0
    return [order[at] if is_sure else None for at, is_sure in zip(best.tolist(), sure.tolist(), strict=True)]

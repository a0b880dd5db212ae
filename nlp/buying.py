"""Who decides about buying, and what prices mean to them: cues in what people write of themselves.

A cue lexicon written for this project, over normalised text. ``decision`` asks whether the writer decides: role words and
household decisions most, own purchases much, purchases that wait for somebody else little. ``means`` asks what the writer
can spend, by price words. Both are null for a post without a cue: silence says nothing.
"""

from __future__ import annotations

import polars as pl

LONGEST_TEXT = 2_000  # characters looked at

_BUY = "(?:买|入手|购入|购买|下单|囤|订|换)"
_FAMILY = "(?:孩子|宝宝|娃|闺女|女儿|儿子|老婆|老公|媳妇|爸妈|爸爸|妈妈|父母|爷爷|奶奶|男朋友|女朋友|对象|家里|全家|家人)"

# (score 0 to 1, pattern)
DECISION: tuple[tuple[float, str], ...] = (
    (
        1.0,
        r"(?:我|俺|本人)(?:来|就)?(?:负责|主管|分管)?(?:采购|做主|说了算|拍板|定夺)|(?:公司|单位|团队|店里|门店)的?采购|我们?(?:店|公司|团队)(?:要|准备|打算|想)(?:买|采购|进货|换)",
    ),
    (
        0.9,
        rf"给(?:我)?(?:家)?{_FAMILY}[^。!！?？]{{0,6}}{_BUY}|(?:我家|家里|家中)[^。!！?？]{{0,4}}{_BUY}|为(?:这个)?家[^。!！?？]{{0,4}}{_BUY}",
    ),
    (
        0.8,
        rf"我(?:自己)?(?:又|刚|已经|终于|昨天|今天|上周|准备|打算|想|要|会|决定)?(?:了)?(?:去|再)?{_BUY}|自己(?:掏钱)?{_BUY}|{_BUY}了(?:一|两|三|\d)?[^。!！?？]{{0,3}}(?:自用|自己)",
    ),
    (
        0.2,
        rf"(?:老公|老婆|媳妇|爸妈|父母|家里|领导|老板|男朋友|女朋友)(?:不让|不同意|不许|没同意|不给){_BUY}?|等(?:老公|老婆|爸妈|父母|领导|老板)(?:同意|批|点头)|(?:求|让|等)(?:爸妈|父母|老公|老婆|男朋友|女朋友)[^。!！?？]{{0,4}}(?:给我)?{_BUY}",
    ),
    (0.4, rf"(?:帮|替)(?:朋友|同事|同学|别人|老板|领导)(?:问|看|{_BUY})"),
)
MEANS: tuple[tuple[float, str], ...] = (
    (0.95, r"不差钱|贵点(?:也)?(?:没关系|无所谓)|(?:只|就)买(?:最)?(?:好|贵)的|预算(?:不限|充足|无上限)|顶配|旗舰款?|高端|奢侈品|进口的"),
    (0.75, r"一分钱一分货|贵有贵的道理|质量(?:好|第一)[^。!！?？]{0,6}贵(?:点|一点)|值这个价|不算贵"),
    (0.35, r"性价比|平价|平替|便宜(?:又|点|好)|打折|降价|优惠券|等(?:双十一|双11|618|大促|活动)|凑单"),
    (0.15, r"太贵|买不起|没钱|预算(?:有限|不够|不多|紧张)|学生党|穷(?:人|鬼|学生)|吃土|月光"),
)  # fmt: skip


def decisions(texts: pl.Series) -> pl.Series:
    """For each normalised text how far its writer decides about buying, 0 to 1, null without a cue."""
    return _mean_of(texts, DECISION).alias("decision")


def means(texts: pl.Series) -> pl.Series:
    """For each normalised text what its writer can spend by price words, 0 to 1, null without a cue."""
    return _mean_of(texts, MEANS).alias("means")


def _mean_of(texts: pl.Series, cues: tuple[tuple[float, str], ...]) -> pl.Series:
    """The mean score of the cues found in each text, null where none is."""
    frame = pl.DataFrame({"text": texts.cast(pl.String).str.slice(0, LONGEST_TEXT)})
    scores = [pl.when(pl.col("text").str.contains(pattern)).then(pl.lit(score)) for score, pattern in cues]
    return frame.select(pl.mean_horizontal(scores).cast(pl.Float32)).to_series()

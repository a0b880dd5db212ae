"""A small planted population for the tests of tags and strength: who is interested in what is known.

Its vocabulary is the built-in taxonomy's; the models under test are given only a part of it, so that the rest has to
be learned. Chatter, passing mentions and their frames are written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from nlp.normalise import normalise_all
from nlp.segment import Segmenter
from nlp.taxonomy import Taxonomy, load_taxonomy

AS_OF = datetime(2026, 3, 31, 12, tzinfo=UTC)

CHATTER = """今天下班太晚了|地铁又挤成一团|楼下的猫叫了一夜|老板又在开会画饼|周一综合征发作了|窗外下雨下个不停|外卖送错了两次
失眠到凌晨三点|快递怎么还没到|忽然好想家里的饭|电梯坏了爬十八层|邻居家在吵架|手机又没电了|这天气冷得离谱|堵车一个小时动不了
朋友结婚随了份子|今天心情一般般|晚安各位|又忘记带伞了|假期余额不足|工资怎么还不发|打工人打工魂|隔壁桌小孩一直哭|胖了三斤不敢上秤
早上闹钟没响差点迟到|中午吃什么是个难题|同事请了病假活全是我的|太困了想睡一整天|朋友圈都在晒娃|今天风好大帽子飞了""".replace(
    "\n", "|"
).split("|")
FRAMES = """今天{a}用着{b}真舒服|周末和朋友一起{a}还有{b}|新入手的{a}到了开心|{a}和{b}哪个好一点|又是{a}的一天|记录一下{a}{b}
终于体验了{a}太满足|周末去{a}|{a}的快乐谁懂|{a}日常|我的{a}又添新成员|为了{a}早起也愿意|{a}新手求带|{a}入门需要{b}吗|分享我的{a}心得顺便说说{b}|最近沉迷{a}无法自拔|{a}真香{b}也不错|关于{a}的一点经验""".replace(
    "\n", "|"
).split("|")
SHORT_FRAMES = [frame for frame in FRAMES if "{b}" not in frame]
PASSING_FRAMES = """本来想试试{a}结果加班|听说{a}最近很流行我看不懂|同事天天聊{a}我插不上话|路过一家卖{a}的店没进去
室友迷上{a}吵得我睡不着|热搜上全是{a}无感|别人都去{a}我在家躺着""".replace("\n", "|").split("|")


@dataclass(frozen=True)
class Population:
    texts: list[str]
    docs: list[list[str]]
    hashtags: list[list[str]]
    boards: list[str | None]
    account_ids: list[str]
    post_ids: list[str]
    created_at: list[datetime]
    about: list[str | None]  # the interest a post is on, None for chatter and passing mentions
    interests: Mapping[str, frozenset[str]]


def known_part(share: float = 0.45, seed: int = 3) -> Taxonomy:
    """The taxonomy with a part of each tag's words held back (its name stays)."""
    whole = load_taxonomy()
    rng = np.random.default_rng(seed)
    kept = {
        tag: (
            words[0],
            *sorted(rng.permutation(np.array(words[1:]))[: max(3, int(share * len(words)))].tolist()),
        )
        for tag, words in whole.seeds.items()
    }
    return replace(whole, seeds=kept, negative={})


def populate(
    accounts: int = 600, posts: float = 24.0, seed: int = 5, known: Taxonomy | None = None
) -> Population:
    """Accounts of 1-4 interests (Zipf, alike within a circle), 45 % chatter, 12 % passing mentions.

    Two thirds of the posts on an interest hold one word of it. The words of ``known`` alone are user words of the
    segmenter, so that others may fall apart. Hashtags stand on a twentieth of the posts on an interest.
    """
    rng = np.random.default_rng(seed)
    taxonomy = load_taxonomy()
    order = rng.permutation(len(taxonomy.tags))
    zipf = 1.0 / (np.arange(len(order)) + 5.0)
    popularity = np.empty(len(order))
    popularity[order] = zipf / zipf.sum()
    circles = [rng.choice(len(order), size=14, replace=False) for _ in range(24)]
    words = {tag: taxonomy.words_of(tag) for tag in taxonomy.tags}
    odds = {tag: _skewed(len(words[tag]), rng) for tag in taxonomy.tags}
    mentioned = [taxonomy.tags[at] for at in rng.choice(len(order), size=20_000, p=popularity)]

    def pick(options: list[str]) -> str:
        return options[int(rng.integers(len(options)))]

    texts, hashtags, account_ids, about, created = [], [], [], [], []
    interests: dict[str, frozenset[str]] = {}
    for number in range(accounts):
        name = f"u{number:032x}"
        count = max(6, int(rng.lognormal(np.log(posts * 0.75), 0.75)))
        kinds = rng.choice(3, size=count, p=[0.43, 0.45, 0.12])
        kinds[:3] = 0
        most = min(int(rng.choice([1, 2, 3, 4], p=[0.35, 0.35, 0.2, 0.1])), int((kinds == 0).sum()) // 3)
        liking = popularity * 0.3
        liking[circles[number % len(circles)]] += 0.05
        own = rng.choice(len(order), size=most, replace=False, p=liking / liking.sum())
        chosen = [taxonomy.tags[t] for t in own]
        share = rng.dirichlet(np.full(len(chosen), 3.0))
        written: dict[str, int] = {}
        for kind in kinds:
            tag = None
            if kind == 0:
                tag = next((t for t in chosen if written.get(t, 0) < 3), None)
                tag = tag or chosen[int(rng.choice(len(chosen), p=share))]
                written[tag] = written.get(tag, 0) + 1
                frame, source = pick(SHORT_FRAMES if rng.random() < 0.66 else FRAMES), tag
            elif kind == 1:
                frame, source = pick(CHATTER), ""
            else:
                frame, source = pick(PASSING_FRAMES), mentioned[int(rng.integers(len(mentioned)))]
            if source:
                a, b = (words[source][at] for at in np.searchsorted(odds[source], rng.random(2)))
                frame = frame.format(a=a, b=b)
            if rng.random() < 0.4:
                frame += pick(CHATTER)
            texts.append(frame)
            hashtags.append([source] if kind == 0 and source and rng.random() < 0.05 else [])
            account_ids.append(name)
            about.append(tag)
            created.append(AS_OF - timedelta(days=float(rng.uniform(0, 90))))
        interests[name] = frozenset(written)
    docs = Segmenter((known or taxonomy).words()).cut_all(normalise_all(texts))
    post_ids = [f"p{number:032x}" for number in range(len(texts))]
    return Population(
        texts, docs, hashtags, [None] * len(texts), account_ids, post_ids, created, about, interests
    )


def _skewed(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Cumulative odds of words, some far likelier than others."""
    odds = rng.permutation(1.0 / (np.arange(count) + 3.0))
    return np.cumsum(odds / odds.sum()) - 1e-12

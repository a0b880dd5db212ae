"""Sensitive matters: health conditions, religion, politics, ethnicity, sexuality and minors.

A post's topic may name them; nothing that stands for a person may: tags, audience conditions, facets, topics on
profiles, community names, reasons. One list, ``sensitive.toml``, is asked at each of these doors; for the values of profiles as
the search index is built, which is of no use under another list.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
import unicodedata
from pathlib import Path

_LIST = Path(__file__).with_name("sensitive.toml")
_SPACE = re.compile(r"[\s_\-·./|,，、]+")


@functools.lru_cache(maxsize=65_536)
def sensitive_matter(text: str) -> str | None:
    """The matter that this text names (``health``, ``religion``, ``politics``, ``ethnicity``, ``sexuality``,
    ``minors``), or None. Chinese terms are found anywhere, English ones as whole words; what the list names as
    ordinary (``养生``, ``亲子``) doesn't count."""
    plain = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).lower())
    # Two readings: as written, and with the gaps closed between Chinese characters (糖 尿 病).
    closed = re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", plain)
    for reading in dict.fromkeys((_simplified(plain), _simplified(closed))):
        ordinary, matters = _patterns()
        kept = ordinary.sub("\u241f", reading)
        for matter, pattern in matters:
            if pattern.search(kept):
                return matter
    return None


@functools.cache
def rules() -> str:
    """Another text whenever the list, or how it is read, is another: what was checked under others must be checked again."""
    held = b"".join(path.read_bytes() for path in (_LIST, Path(__file__)))
    return hashlib.blake2b(held, digest_size=8).hexdigest()


@functools.cache
def _patterns() -> tuple[re.Pattern[str], tuple[tuple[str, re.Pattern[str]], ...]]:
    with _LIST.open("rb") as file:
        table = tomllib.load(file)
    plain = table.pop("ordinary")
    ordinary = re.compile("|".join([*plain["patterns"], _either(plain["terms"]).pattern]))
    return ordinary, tuple((matter, _either(entry["terms"])) for matter, entry in table.items())


def _either(terms: list[str]) -> re.Pattern[str]:
    """Chinese terms as they are, the rest as whole words, longest first."""
    ordered = sorted({term.lower() for term in terms}, key=len, reverse=True)
    return re.compile(
        "|".join(
            rf"(?<![a-z0-9]){re.escape(term)}(?:e?s)?(?![a-z0-9])" if term.isascii() else re.escape(term)
            for term in ordered
        )
    )


def _simplified(text: str) -> str:
    return text.translate(_TRADITIONAL)


# The traditional characters of the list's terms, and the simplified ones that stand in the list.
_TRADITIONAL = str.maketrans(
    "亞侶個傳傷傾兒凍別創動區厭員啞國園場壓壯妝婦嬰學師強後復愛慮憂應戀戲戶數時書會東極樂機檢檯櫃權歷殘殺洩減溼滿漢漸澱濟無爾"
    "牆猶獨瑤產異瘓瘡療癇癡癬癮癱癲發確礙禮禱種築約紅純紙結統經維繡繪罷羅羣習聖聾脫腎腦腫膚臟臺舉華薩藝藥蘭蘿術裝複褲見視親覲"
    "記訪設診試認論證議護變貓賊賴購賽軌輔輪週進遊運選遺鄉醫銀銳錫門閉陽隊險雙頻顏類風飯飾養馬驗驚髒體髮鬱鮮麗黃黨齋齡",
    "亚侣个传伤倾儿冻别创动区厌员哑国园场压壮妆妇婴学师强后复爱虑忧应恋戏户数时书会东极乐机检台柜权历残杀泄减湿满汉渐淀济无尔"
    "墙犹独瑶产异痪疮疗痫痴癣瘾瘫癫发确碍礼祷种筑约红纯纸结统经维绣绘罢罗群习圣聋脱肾脑肿肤脏台举华萨艺药兰萝术装复裤见视亲觐"
    "记访设诊试认论证议护变猫贼赖购赛轨辅轮周进游运选遗乡医银锐锡门闭阳队险双频颜类风饭饰养马验惊脏体发郁鲜丽黄党斋龄",
)

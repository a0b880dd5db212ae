"""How posts speak of brands: the opinion words near each mention, with negation, comparison and questions minded.

A mention is judged by its own clause and the four after it, as far as the next brand. Words come from
``families.toml``; the way of reading follows lexicon methods for aspects (M. Hu, B. Liu, "Mining and Summarizing
Customer Reviews", KDD 2004; X. Ding, B. Liu, P. Yu, "A Holistic Lexicon-Based Approach to Opinion Mining", WSDM 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl

from nlp.cues import LONGEST_TEXT, Finder, read_cues
from nlp.families import phrases

_FILE = Path(__file__).with_name("families.toml")
_MARKS: dict[str, tuple[str, ...]] = {
    "clause": (",", "，", ";", "；", "~", "～", "…", " "),
    "end": (".", "。", "!", "！", "\n"),
    "asked": ("?", "？", "吗", "么"),
    "but": ("但", "但是", "不过", "可是", "然而", "可惜", "就是", "but", "however"),
    "than": ("比", "吊打", "完胜", "秒杀", "强过", "胜过"),
    "worse": ("不如", "比不上", "不及", "没法跟", "没法和", "输给", "打不过"),
}
REACH = (1.0, 0.8, 0.6, 0.4, 0.3)  # weight of an opinion in the mention's clause, the next, the one after …
_NEAR_BYTES = 12  # a denial counts for a word that begins at most so far behind it
_JOINED_BYTES = 6  # two brands so close are named together: "A 和 B 都不错"
_AMPLIFIED, _SMOOTH, _RIVAL = 1.5, 0.4, 0.5


@dataclass(frozen=True)
class Opinion:
    """One opinion word about a brand: ``weight`` is below 0 where it speaks against it."""

    brand: str
    word: str
    weight: float


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    clause: int = 0


@dataclass(slots=True)
class _Clauses:
    """Which clauses ask, and which stand after a ``but``."""

    asked: set[int] = field(default_factory=set)
    turned: set[int] = field(default_factory=set)


class BrandTalk:
    """Finds tracked brands in normalised posts and says how each is spoken of.

    ``spoken`` maps a brand to the words that people write for it (its name among them); one-character words are left
    out, since they would be found everywhere. ``unlike`` holds longer phrases that only look like a brand (小米粥).
    """

    def __init__(self, spoken: Mapping[str, Iterable[str]], unlike: Iterable[str] = ()) -> None:
        self._brand_of = {
            word.lower(): brand for brand, words in spoken.items() for word in words if len(word) > 1
        }
        self._brands = Finder([*self._brand_of, *unlike])
        self._all = Finder([*self._brand_of, *unlike, *_lexicon()])

    def read(self, texts: Sequence[str]) -> tuple[list[list[str]], list[list[float]]]:
        """The brands of each text in their order, and the sentiment toward each, -1 to 1; 0 where none is said."""
        brands: list[list[str]] = [[] for _ in texts]
        sentiments: list[list[float]] = [[] for _ in texts]
        for row, found in self._opinions(texts).items():
            brands[row] = list(found)
            sentiments[row] = [_sentiment(opinions) for opinions in found.values()]
        return brands, sentiments

    def opinions(self, text: str) -> list[Opinion]:
        """The words that make the sentiments of one text: the reason that a person is shown."""
        found = self._opinions([text]).get(0, {})
        return [opinion for opinions in found.values() for opinion in opinions]

    def _opinions(self, texts: Sequence[str]) -> dict[int, dict[str, list[Opinion]]]:
        if not self._brand_of:
            return {}
        mentioned = self._brands.found(texts)
        rows = mentioned.filter(pl.col("phrase").is_in(list(self._brand_of)))["row"].unique().sort().to_list()
        some = [texts[row].lower()[:LONGEST_TEXT] for row in rows]
        found: dict[int, dict[str, list[Opinion]]] = {}
        for (at,), group in self._all.found(some).group_by("row", maintain_order=True):
            tokens = self._tokens(group, some[int(at)])
            opinions = _read(tokens)
            if opinions:
                found[rows[int(at)]] = opinions
        return found

    def _tokens(self, group: pl.DataFrame, text: str) -> list[_Token]:
        raw = text.encode()
        tokens = []
        for phrase, start in group.select("phrase", "start").iter_rows():
            end = start + len(phrase.encode())
            brand = self._brand_of.get(phrase)
            if phrase.isascii() and phrase.strip().isalnum() and not _stands_alone(raw, start, end):
                continue
            kind = "brand" if brand else _lexicon().get(phrase, "")
            if kind:
                tokens.append(_Token(kind, brand or phrase, start, end))
        return tokens


def _stands_alone(raw: bytes, start: int, end: int) -> bool:
    before, after = raw[start - 1 : start], raw[end : end + 1]
    return not ((before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()))


@cache
def _lexicon() -> Mapping[str, str]:
    """Phrase to kind; ``not`` phrases have the kind ``""`` and hide what they hold."""
    raw = read_cues(_FILE)["opinion"]
    kinds = {phrase: kind for kind in ("more", "deny", "bad", "good") for phrase in phrases(raw[kind])}
    kinds.update(dict.fromkeys(phrases(raw["not"]), ""))
    for kind, marks in _MARKS.items():
        kinds.update(dict.fromkeys(marks, kind))
    return kinds


def _read(tokens: list[_Token]) -> dict[str, list[Opinion]]:
    """Opinions by brand, brands in the order of their first mention."""
    clauses = _number(tokens)
    found: dict[str, list[Opinion]] = {t.text: [] for t in tokens if t.kind == "brand"}
    for at, token in enumerate(tokens):
        if token.kind not in ("good", "bad"):
            continue
        weight = _weight(tokens, at) * (0.0 if token.clause in clauses.asked else 1.0)
        weight *= 1.3 if token.clause in clauses.turned else 1.0
        for brand, share in _about(tokens, at):
            if weight and share:
                found[brand].append(Opinion(brand, token.text, round(weight * share, 3)))
    for at, token in enumerate(tokens):
        if token.kind == "worse":
            for brand, share in _sides(tokens, at):
                found[brand].append(Opinion(brand, token.text, -share))
    return found


def _number(tokens: list[_Token]) -> _Clauses:
    clauses = _Clauses()
    at, last_end = 0, -1
    for token in tokens:
        if token.kind in ("clause", "end") and token.start != last_end:
            at += 1
        if token.kind in ("clause", "end"):
            last_end = token.end
        token.clause = at
        if token.kind == "asked":
            clauses.asked.add(at)
        if token.kind == "but":
            clauses.turned.add(at)
    return clauses


def _weight(tokens: list[_Token], at: int) -> float:
    """1 for a good word, -1 for a bad one; more where amplified, turned around where denied."""
    token = tokens[at]
    weight = 1.0 if token.kind == "good" else -1.0
    begin = token.start
    for before in reversed(tokens[:at]):
        near = begin - before.end
        if before.clause != token.clause or near > _NEAR_BYTES or before.kind not in ("more", "deny"):
            break
        if before.kind == "deny":
            return -weight * 0.8
        if near == 0:
            weight *= _AMPLIFIED
        begin = before.start
    return weight


def _about(tokens: list[_Token], at: int) -> list[tuple[str, float]]:
    """The brands that an opinion is about, with the share of its weight that each gets."""
    token = tokens[at]
    before = [t for t in tokens[:at] if t.kind in ("brand", "than")]
    if before and before[-1].kind == "brand":
        gap = token.clause - before[-1].clause
        if gap >= len(REACH):
            return []
        about = [(t.text, REACH[gap]) for t in _joined(before)]
        if len(before) > 2 and before[-2].kind == "than" and before[-2].clause == before[-1].clause:
            # "A 比 B 好用": praise of A, and less of B.
            about = [(before[-3].text, REACH[gap]), (before[-1].text, -_RIVAL * REACH[gap])]
        return about
    behind = next((t for t in tokens[at + 1 :] if t.kind == "brand" and t.clause == token.clause), None)
    return [(behind.text, 1.0)] if behind else []


def _joined(before: list[_Token]) -> list[_Token]:
    """The last brand, with those named in one breath with it."""
    group = before[-1:]
    for token in reversed(before[:-1]):
        near = group[-1].start - token.end <= _JOINED_BYTES
        if token.kind != "brand" or token.clause != group[-1].clause or not near:
            break
        group.append(token)
    return group


def _sides(tokens: list[_Token], at: int) -> list[tuple[str, float]]:
    """ "A 不如 B": against A in full, for B by half."""
    left = next((t for t in reversed(tokens[:at]) if t.kind == "brand"), None)
    right = next((t for t in tokens[at + 1 :] if t.kind == "brand" and t.clause == tokens[at].clause), None)
    return [(t.text, share) for t, share in ((left, 1.0), (right, -_RIVAL)) if t is not None]


def _sentiment(opinions: Sequence[Opinion]) -> float:
    total = sum(opinion.weight for opinion in opinions)
    size = sum(abs(opinion.weight) for opinion in opinions)
    return round(total / (size + _SMOOTH), 3)

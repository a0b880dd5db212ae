"""The signs of queries as text beside fields: operators, quotes, brackets, and how values are written between them."""

from __future__ import annotations

import re
import unicodedata

SPACES = r"\s,，、;；　"
BRACKETS = "()（）"
OPEN, CLOSE, COLON = "(（", ")）", ":："
# Each opening quote, and what may close it.
QUOTES = {'"': '"', "“": '”"', "”": '”"', "「": "」", "『": "』"}
QUOTE_SIGNS = '"“”「」『』'
AND, OR, NOT = "AND", "OR", "NOT"
_OPERATORS = {
    **dict.fromkeys(("AND", "&&", "且", "并且"), AND),
    **dict.fromkeys(("OR", "||", "或", "或者"), OR),
    **dict.fromkeys(("NOT", "非", "不", "不是"), NOT),
}
COMPARED = "<>=＜＞＝≥≤"
# "上海和北京" may mean those in either or those in both.
UNCLEAR = frozenset({"和", "与"})
_PLAIN = re.compile(r"[\w·.+#&'’/@%*!?！？。~～…—-]+\Z")
_COMPARISONS = str.maketrans({"＞": ">", "＜": "<", "＝": "=", "／": "/"})


def operator(word: str) -> str:
    """AND, OR or NOT where a word on its own means that, in any case and width; else empty."""
    return _OPERATORS.get(unicodedata.normalize("NFKC", word).upper(), "")


def is_sign(word: str) -> bool:
    """Whether a word on its own has a meaning of its own, so that it is a word only in quotes."""
    return word in UNCLEAR or bool(operator(word))


def comparison(text: str) -> str:
    """A comparison with its signs made plain: ``＞＝3`` is ``>=3``."""
    return text.translate(_COMPARISONS).replace("≥", ">=").replace("≤", "<=").replace("==", "=")


def quote(value: str, level: bool = False) -> str:
    """``value`` as it may stand in a query: in quotes where it holds anything that has a meaning there."""
    plain = _PLAIN.match(value) and value[0] not in "-" and not (level and re.search(r"[<>=≥≤]", value))
    return value if plain else in_quotes(value)


def in_quotes(value: str) -> str:
    """``value`` in quotes."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("”", "\\”") + '"'

"""Which language a post is in, as far as its handling differs: Chinese, English, a mixture of both, or another.

Script counts decide between Chinese, English and the rest; among Latin letters, function words and marked letters tell
English from its neighbours (G. Grefenstette, "Comparing two language identification schemes", JADT 1995: short words
alone tell languages apart from some fifteen words on; marked letters help below that). All in bulk, by Polars' regex
engine; a post's answer depends on that post alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import polars as pl

Language = Literal["zh", "en", "mixed", "other"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LOOKED_AT = 2_000  # characters

_HAN_PER_WORD = 1.6  # characters of a Chinese word, by which Chinese and Latin words are weighed
# Share of Latin words: a Chinese post with product names is Chinese, an English one that quotes a name English.
_CHINESE, _ENGLISH = 0.45, 0.8
# Function words: of English, and of languages that share its letters.
_OF_ENGLISH = (
    r"\b(?:the|and|of|to|is|are|was|were|be|been|it|its|in|on|at|for|with|that|this|these|those|i|you|he|she|we|they|my|"
    r"your|his|her|our|their|not|but|have|has|had|do|does|did|will|would|can|could|should|what|when|where|how|why|who|"
    r"if|or|as|by|from|so|just|an|there|here|all|more|about|out|up|some|than|then|too|very|only|really|got|get|am)\b"
)
_OF_OTHERS = (
    r"\b(?:der|die|das|und|ist|nicht|ein|eine|ich|mit|auf|für|den|dem|zu|wir|sie|auch|"
    r"le|la|les|des|une|est|et|je|pas|pour|dans|avec|sur|que|qui|nous|vous|du|au|"
    r"el|los|las|un|una|y|es|por|con|para|como|muy|del|se|lo|mi|"
    r"il|di|che|non|per|sono|gli|della|anche|"
    r"o|os|da|em|não|um|uma|mais|"
    r"yang|dan|di|ini|itu|untuk|dengan|tidak|saya|ada|dari|ke|"
    r"het|een|van|niet|ik|je|dat|op|zijn|"
    r"ve|bir|bu|çok|için|"
    r"không|của|là|và|có)\b"
)
_HAN = r"[\u3400-\u9fff\uf900-\ufaff\x{20000}-\x{3134f}]"
_LATIN_WORD = r"[a-z\u00c0-\u024f\u1e00-\u1eff][a-z'’\u00c0-\u024f\u1e00-\u1eff]*"
_MARKED = r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]"
# Letters of neither Chinese nor English: kana (but for の, which Chinese borrows), Hangul, Cyrillic, Arabic, Thai …
_FOREIGN = r"[\u0370-\u1dff\u3041-\u306d\u306f-\u30fa\u30fc-\u30ff\uac00-\ud7af]"


def languages(texts: Sequence[str]) -> list[Language]:
    """The language of each normalised text; ``other`` also where there are no letters at all."""
    if not len(texts):
        return []
    column = pl.Series("text", texts, dtype=pl.String).str.slice(0, LOOKED_AT).str.to_lowercase()
    text = pl.col("text")
    scripts = column.to_frame().select(
        text,
        han=text.str.count_matches(_HAN),
        latin=text.str.count_matches(_LATIN_WORD),
        foreign=text.str.count_matches(_FOREIGN),
    )
    letters = pl.col("han") + pl.col("foreign") + 2 * pl.col("latin")
    share = pl.col("latin") / (pl.col("han") / _HAN_PER_WORD + pl.col("latin"))
    by_script = (
        # A kana or two decorate Chinese; a quarter of the letters makes another language.
        pl.when((letters == 0) | (pl.col("foreign") > 0.25 * letters))
        .then(pl.lit("other"))
        .when(share < _CHINESE)
        .then(pl.lit("zh"))
    )
    judged = scripts.select(text, "han", share.alias("share"), by_script.alias("lang")).with_row_index("row")
    named: list[Language] = judged["lang"].to_list()
    for row, language in judged.filter(pl.col("lang").is_null()).select("row", _by_words()).iter_rows():
        named[row] = language
    return named


def _by_words() -> pl.Expr:
    """Of texts with many Latin letters: English, mixed, or another language."""
    text = pl.col("text")
    english, others = text.str.count_matches(_OF_ENGLISH), text.str.count_matches(_OF_OTHERS)
    is_english = ~text.str.contains(_MARKED) & ((others == 0) | (english > others))
    return (
        pl.when(~is_english & (pl.col("han") == 0))
        .then(pl.lit("other"))
        .when(is_english & (pl.col("share") >= _ENGLISH))
        .then(pl.lit("en"))
        .otherwise(pl.lit("mixed"))
    )

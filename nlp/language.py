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
_MARKED = r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]"
# Letters of neither Chinese nor English: kana (but for の, which Chinese borrows), Hangul, Cyrillic, Arabic, Thai …
_FOREIGN = r"[\u0370-\u1dff\u3041-\u306d\u306f-\u30fa\u30fc-\u30ff\uac00-\ud7af]"


def languages(texts: Sequence[str]) -> list[Language]:
    """The language of each normalised text; ``other`` also where there are no letters at all."""
    if not len(texts):
        return []
    column = pl.Series("text", texts, dtype=pl.String).str.slice(0, LOOKED_AT).str.to_lowercase()
    text = pl.col("text")
    counted = (
        column.to_frame()
        .lazy()
        .select(
            han=text.str.count_matches(r"[\u3400-\u9fff\uf900-\ufaff\x{20000}-\x{3134f}]"),
            latin=text.str.count_matches(
                r"[a-z\u00c0-\u024f\u1e00-\u1eff][a-z'’\u00c0-\u024f\u1e00-\u1eff]*"
            ),
            english=text.str.count_matches(_OF_ENGLISH),
            others=text.str.count_matches(_OF_OTHERS),
            marked=text.str.count_matches(_MARKED),
            foreign=text.str.count_matches(_FOREIGN),
        )
    )
    chinese = pl.col("han") / _HAN_PER_WORD
    share = pl.col("latin") / (chinese + pl.col("latin"))
    is_english = (pl.col("marked") == 0) & ((pl.col("others") == 0) | (pl.col("english") > pl.col("others")))
    named = (
        pl.when((pl.col("han") + pl.col("latin")) == 0)
        .then(pl.lit("other"))
        # A kana or two decorate Chinese; a quarter of the letters makes another language.
        .when(pl.col("foreign") > 0.25 * (pl.col("han") + pl.col("foreign") + 2 * pl.col("latin")))
        .then(pl.lit("other"))
        .when(share < _CHINESE)
        .then(pl.lit("zh"))
        .when(~is_english)
        .then(pl.when(pl.col("han") > 0).then(pl.lit("mixed")).otherwise(pl.lit("other")))
        .when(share < _ENGLISH)
        .then(pl.lit("mixed"))
        .otherwise(pl.lit("en"))
    )
    return counted.select(named.alias("lang")).collect()["lang"].to_list()

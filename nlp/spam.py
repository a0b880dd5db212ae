"""Repeated templates and advertising: how likely a post is spam, and how much it counts beside others.

Near-duplicates are found by MinHash over character 4-grams with banding (Broder, "On the resemblance and containment
of documents", 1997; Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", chapter 3). Fitting counts, for
every band's key, posts and accounts; scoring looks one post's keys up, a pure function of the post and the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

SHINGLE = 4
BANDS, ROWS = 6, 3  # posts that share 80 % of their shingles meet in half of the bands
SHORTEST = 8  # characters; shorter posts (good night, everyone) repeat by themselves
LONGEST = 1_000
MIN_POSTS = 5
PER_ACCOUNT = 3.0  # posts an account: at or over it a template is few accounts' doing
LEAST_WEIGHT = 0.01
_ARRAYS = ("keys", "weights", "posts")
_MIX = np.uint64(0x9E3779B97F4A7C15)

# (weight, pattern) over the normalised text as well as the redaction marks that the gate leaves.
AD_CUES: tuple[tuple[float, str], ...] = (
    (
        1.0,
        r"\[(?:手机|微信|QQ)\]|加(?:我|群|微|v|V|薇|威|w)\b?|[vV薇威]信|私(?:信|聊|我)|戳我|滴滴我|dd我|主页(?:有|看|链接)",
    ),
    (
        1.0,
        r"限时|秒杀|优惠券|领券|折扣|打折|特价|清仓|满减|立减|低至|仅需|原价|活动价|最后一天|手慢无|数量有限|先到先得|福利价",
    ),
    (
        1.0,
        r"代购|代理|招代理|加盟|一手货源|厂家直销|批发|一件代发|招商|工厂价|全网最低|正品保证|假一赔十|货到付款|包邮",
    ),
    (
        1.0,
        r"日(?:入|赚|结)|月(?:入|赚)(?:过)?[万\d]|兼职|躺赚|稳赚|暴富|副业赚|带你赚|刷单|返利|提现|秒到账|零投入|在家赚",
    ),
    (
        1.0,
        r"点击(?:链接|下方)|扫码|复制(?:这段|口令|打开)|下单(?:链接|立减)|淘口令|戳链接|链接在|https?://|免费(?:领|送|试)|0元",
    ),
    (
        0.7,
        r"咨询|预约|报名|名额|客服|抢购|速来|爆款|新品上市|福利|赠品|买一送一|专属|回馈|招募|下款|贷款|办理|无抵押",
    ),
)


class SpamModelError(ValueError):
    """A spam model that is not fitted, or a saved one that cannot be read."""


class SpamModel:
    """Scores posts from 0 to 1; at 0.7 a post is better left out of what an account is interested in."""

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] | None = None
        self._weights: NDArray[np.float32] = np.empty(0, dtype=np.float32)
        self._posts: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def fit(self, texts: Sequence[str], account_ids: Sequence[str]) -> Self:
        """Learn the templates in ``texts`` (as stored, redacted), written by ``account_ids``."""
        if len(texts) != len(account_ids):
            raise ValueError("texts and account_ids differ in length")
        keys, long_enough = _band_keys(texts)
        frame = pl.DataFrame(
            {
                "key": keys[long_enough].ravel(),
                "account": np.repeat(np.asarray(account_ids, dtype=str)[long_enough], BANDS)
                if len(texts)
                else np.empty(0, dtype=str),
            }
        )
        kept = (
            frame.group_by("key")
            .agg(pl.len().alias("posts"), pl.col("account").n_unique().alias("accounts"))
            .filter(pl.col("posts") >= MIN_POSTS)
            .sort("key")
        )
        ratio = kept["posts"].to_numpy() / np.maximum(kept["accounts"].to_numpy(), 1)
        self._keys = kept["key"].to_numpy().astype(np.uint64)
        # Few accounts repeating themselves: 1. Many accounts with the same words (a chain, a slogan): 0.4.
        self._weights = np.where(ratio >= PER_ACCOUNT, 1.0, 0.4).astype(np.float32)
        self._posts = kept["posts"].to_numpy().astype(np.int64)
        self.__dict__.pop("version", None)
        return self

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Spam score of each text, 0 to 1."""
        return self.judge(texts)[0]

    def judge(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Spam score of each text, 0 to 1, and the weight with which it counts beside others, above 0 to 1.

        A text that was written n times in much the same words weighs 1 / sqrt(n): all of them together count as
        sqrt(n) posts, whoever wrote them. Spam weighs as much less as it is sure to be spam.
        """
        known = self._fitted
        keys, long_enough = _band_keys(texts)
        repeated = np.zeros(keys.shape, dtype=np.float32)
        copies = np.zeros(keys.shape)
        if known.size:
            at = np.minimum(np.searchsorted(known, keys), known.size - 1)
            met = known[at] == keys
            repeated = np.where(met, self._weights[at], 0.0).astype(np.float32)
            copies = np.where(met, self._posts[at], 0)
        score = _combined(repeated, long_enough, _advert(texts))
        # Half of the bands met say that the likeness is 80 %; the upper median is 0 where fewer are.
        times = np.sort(copies, axis=1)[:, BANDS // 2] if len(texts) else np.zeros(0)
        weight = (1.0 - score) / np.sqrt(np.maximum(times * long_enough, 1.0))
        return score, np.maximum(weight, LEAST_WEIGHT).astype(np.float32)

    @cached_property
    def version(self) -> str:
        """Hash of the templates and cues."""
        content = hashlib.sha256(repr((SHINGLE, BANDS, ROWS, AD_CUES)).encode())
        content.update(self._fitted.tobytes() + self._weights.tobytes() + self._posts.tobytes())
        return content.hexdigest()[:12]

    def save(self, folder: Path) -> None:
        """Write ``spam.npz`` and ``spam.json`` to the folder, made where absent."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "spam.npz", keys=self._fitted, weights=self._weights, posts=self._posts)
        (folder / "spam.json").write_text(json.dumps({"version": self.version}), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> SpamModel:
        """Read a saved model; SpamModelError where it is absent, damaged or of other cues."""
        model = cls()
        try:
            about = json.loads((folder / "spam.json").read_text("utf-8"))
            with np.load(folder / "spam.npz", allow_pickle=False) as arrays:
                model._keys, model._weights, model._posts = (arrays[name] for name in _ARRAYS)
            expected = about["version"]
        except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
            raise SpamModelError(f"cannot read the spam model: {error}") from error
        if model.version != expected:
            raise SpamModelError("the saved spam model is damaged or of another release: fit it again")
        return model

    @property
    def _fitted(self) -> NDArray[np.uint64]:
        if self._keys is None:
            raise SpamModelError("the spam model is not fitted")
        return self._keys


def _combined(
    repeated: NDArray[np.float32], long_enough: NDArray[np.bool_], advert: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Spam by template and by advertising cues, as one score."""
    # The share of bands met estimates the cube of the likeness: half of them say 80 %.
    template = np.minimum(1.0, 2.0 * repeated.mean(axis=1)) * long_enough
    # A template makes one advertising cue as bad as three.
    score = 1.0 - (1.0 - 0.85 * template * (repeated.max(axis=1, initial=0.0) >= 1.0)) * (1.0 - advert)
    score = np.maximum(
        score, np.minimum(0.9, 0.35 * template + np.where(advert > 0, 0.5, 0.0) * (template > 0.3))
    )
    return np.asarray(score, dtype=np.float32)


def _advert(texts: Sequence[str]) -> NDArray[np.float64]:
    if not len(texts):
        return np.empty(0)
    column = pl.Series("text", texts, dtype=pl.String).str.slice(0, LONGEST)
    cues = np.zeros(len(texts))
    for weight, pattern in AD_CUES:
        cues += weight * column.str.contains(pattern).to_numpy()
    # One cue is everyday speech, two are suspect, three are an advertisement.
    return np.asarray(np.interp(cues, [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.15, 0.6, 0.85, 0.95]))


def _band_keys(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Keys (texts x bands) of each text's MinHash, and which texts are long enough to be judged by them.

    Links, mentions, digits, spaces and punctuation do not count: templates differ in them.
    """
    if not len(texts):
        return np.empty((0, BANDS), dtype=np.uint64), np.empty(0, dtype=bool)
    bare = (
        pl.Series("text", texts, dtype=pl.String)
        .str.slice(0, LONGEST)
        .str.replace_all(r"https?://\S+|@u[0-9a-f]{32}|[\d\s\p{P}\p{S}]+", "")
        .to_list()
    )
    lengths = np.fromiter(map(len, bare), dtype=np.int64, count=len(bare))
    long_enough = lengths >= SHORTEST
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    if not long_enough.any():
        return keys, long_enough
    shingles, starts = _shingles([text for text, kept in zip(bare, long_enough, strict=True) if kept])
    for band in range(BANDS):
        key = np.full(starts.size, np.uint64(band), dtype=np.uint64)
        for row in range(ROWS):
            # The shingles are mixed well already: one odd factor a row orders them anew.
            factor = _mix(np.array([band * ROWS + row + 1], dtype=np.uint64))[0] | np.uint64(1)
            key = _mix(key * np.uint64(31) + np.minimum.reduceat(shingles * factor, starts))
        keys[long_enough, band] = key
    return keys, long_enough


def _shingles(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashed shingles of texts of at least SHINGLE characters, and where each text's begin."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    count = codes.size - SHINGLE + 1
    shingles = np.zeros(count, dtype=np.uint64)
    for step in range(SHINGLE):
        shingles = _mix(shingles * np.uint64(31) + codes[step : step + count])
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    ends = np.cumsum(lengths)
    inside = np.ones(count, dtype=bool)  # those that reach into the next text are left out
    for back in range(1, SHINGLE):
        inside[(ends - back)[ends - back < count]] = False
    own = lengths - SHINGLE + 1
    return shingles[inside], np.cumsum(own) - own


def _mix(values: NDArray[np.uint64]) -> NDArray[Any]:
    """A finaliser in the manner of SplitMix64: every bit of the input reaches every bit of the output."""
    mixed = values + _MIX
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))

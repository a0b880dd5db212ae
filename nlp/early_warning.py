"""Early warning for hot lists: how likely a topic, in the hour it first appears, is to become big."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import joblib
import numpy as np
import numpy.typing as npt
import polars as pl
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from nlp.earlier_topics import WordOutcomes, rarity, similar_numbers, title_pairs
from nlp.first_sights import NUMBERS, first_sights, peaks
from nlp.title_reading import Answers, TitleReading, category_columns, read_apart, title_grams

LEAST_TOPICS, LEAST_BIG = 1_000, 40
SETTLING = timedelta(days=3)  # after which a topic's peak is taken as known
CHECKED = 0.15  # last part of the past, on which a first fit is checked and calibrated
_BLOCKS = 3  # parts of the past whose text scores come from models that did not see them
_SEEDS = (7, 8, 9, 10)
_BINS = 8

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class TooLittlePastError(ValueError):
    """Too few topics, or too few that became big, to learn from."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Topics of like probability: how many, the mean probability told and the share that became big."""

    topics: int
    told: float
    became: float


@dataclass(frozen=True, slots=True)
class Check:
    """How a model that had not seen them judged the last 15 % of the past."""

    since: datetime
    topics: int
    big: int
    auc: float
    low: float  # 95 % interval of the AUC
    high: float
    bins: list[Bin]


@dataclass(slots=True)
class EarlyWarning:
    """Learns from a hot list's own history; judges topics by their first hour alone.

    `big` is the heat from which on a topic counts as big; those that show it at first sight are left out. Gradient
    boosted trees over the numbers of the hour, a linear reading of the title beside them, similar titles of the last
    days, and how topics with the same words went. Probabilities are calibrated on the last part of the past (Platt).
    """

    big: float
    until: datetime | None = None
    topics: int = 0
    became: int = 0
    check: Check | None = None
    _grams: Any = None  # the fitted TfidfVectorizer
    _reading: TitleReading | None = None
    _rarity: Floats | None = None
    _words: WordOutcomes = field(default_factory=WordOutcomes)
    _trees: list[HistGradientBoostingClassifier] = field(default_factory=list)
    _slope: float = 1.0
    _offset: float = 0.0

    def fit(self, board: pl.DataFrame) -> EarlyWarning:
        """Learn from `board` (term, at, rank, volume, advert, category: one source, hourly). Raises TooLittlePastError.

        Categories serve as an answer to learn from alone: a topic is judged by that which its title suggests.
        """
        if board.is_empty():
            raise TooLittlePastError("no topics at all")
        end: datetime = board.select(pl.col("at").max()).item()
        sights = first_sights(board)
        course = peaks(board, sights)
        reached = course["peak"].to_numpy()
        known = (sights["at"] <= end - SETTLING).to_numpy()
        asked = (sights["volume"] < self.big).to_numpy() & known
        became = reached >= self.big
        if asked.sum() < LEAST_TOPICS or became[asked].sum() < LEAST_BIG:
            raise TooLittlePastError(
                f"{int(asked.sum())} topics, of which {int(became[asked].sum())} reached a heat of {self.big:,.0f}"
            )
        self._rarity = rarity(title_pairs(sights["term"].to_list()))
        past = _Past.of(board, sights, course, self.big, self._rarity, self._words)
        rows = np.flatnonzero(asked)
        early, late = np.split(rows, [int(len(rows) * (1 - CHECKED))])
        self._learn(past, early, became)
        self._examine(past, late, became, sights["at"][int(late[0])])
        self._learn(past, rows, became)
        self.until, self.topics, self.became = end, len(rows), int(became[rows].sum())
        return self

    def judge(self, board: pl.DataFrame) -> pl.DataFrame:
        """Judge every topic first seen in `board` and not yet big: term, at, volume, rank, probability, similar.

        The rows should begin 17 days before those that matter: what was listed before a topic makes it no new one, and
        its words' outcomes are taken up from where `fit` ended. `similar` is the most similar earlier title.
        """
        sights = first_sights(board)
        course = peaks(board, sights)
        if self._rarity is None:
            raise ValueError("fit the model first")
        past = _Past.of(board, sights, course, self.big, self._rarity, deepcopy(self._words))
        rows = np.flatnonzero((sights["volume"] < self.big).to_numpy())
        nearest = past.nearest[rows]
        titles = sights["term"].to_list()
        return sights[rows].select(
            "term",
            "at",
            "volume",
            pl.col("rank").cast(pl.Int64),
            pl.Series("probability", self._probability(past, rows)),
            pl.Series("similar", [titles[n] if n >= 0 else None for n in nearest], dtype=pl.String),
        )

    def save(self, path: Path) -> None:
        """Write the model in one rename."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        joblib.dump({"sklearn": sklearn.__version__, "model": self}, partial, compress=1)
        partial.replace(path)

    @staticmethod
    def load(path: Path) -> EarlyWarning | None:
        """The saved model; None where there is none that can be read, or it was written under another scikit-learn."""
        try:
            saved = joblib.load(path)
        except (
            OSError,
            EOFError,
            ImportError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            UnpicklingError,
        ):
            return None
        model: EarlyWarning = saved["model"]
        return model if saved["sklearn"] == sklearn.__version__ else None

    def _learn(self, past: _Past, rows: Ints, became: Flags) -> None:
        titles = [past.titles[row] for row in rows]
        self._grams = title_grams(titles)
        grams, hour = self._grams.transform(titles).tocsr(), past.scaled(rows)
        answers = Answers(became[rows], past.peak[rows], past.categories[rows])
        apart = read_apart(grams, hour, answers, _BLOCKS)
        self._reading = TitleReading.learn(grams, hour, answers)
        table = np.column_stack([past.numbers[rows], apart])
        # Small trees: on a busy machine, threads wait for each other far longer than they work.
        with threadpool_limits(1, user_api="openmp"):
            self._trees = [_tree(len(rows), seed).fit(table, became[rows]) for seed in _SEEDS]

    def _examine(self, past: _Past, rows: Ints, became: Flags, since: datetime) -> None:
        """Calibrate on topics that the model has not seen, and keep how it judged them."""
        odds = self._odds(past, rows)
        truth = became[rows]
        if truth.all() or not truth.any():
            raise TooLittlePastError(f"none of the last {len(rows)} topics can be told from the others")
        platt = LogisticRegression(C=1e3).fit(odds[:, None], truth)
        self._slope, self._offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
        told = self._probability(past, rows)
        parts = np.array_split(np.argsort(told, kind="stable"), _BINS)
        bins = [Bin(len(part), float(told[part].mean()), float(truth[part].mean())) for part in parts]
        auc = float(roc_auc_score(truth, odds))
        error = _auc_error(auc, int(truth.sum()), int((~truth).sum()))
        low, high = max(auc - 1.96 * error, 0.0), min(auc + 1.96 * error, 1.0)
        self.check = Check(since, len(rows), int(truth.sum()), auc, low, high, bins)

    def _odds(self, past: _Past, rows: Ints) -> Floats:
        if self._reading is None:
            raise ValueError("fit the model first")
        if not len(rows):
            return np.empty(0)
        grams = self._grams.transform([past.titles[row] for row in rows]).tocsr()
        table = np.column_stack([past.numbers[rows], self._reading.read(grams)])
        with threadpool_limits(1, user_api="openmp"):
            told = [tree.predict_proba(table)[:, 1] for tree in self._trees]
        chances = [np.clip(chance, 1e-6, 1 - 1e-6) for chance in told]
        return np.asarray(np.mean([np.log(chance / (1 - chance)) for chance in chances], axis=0))

    def _probability(self, past: _Past, rows: Ints) -> Floats:
        return 1.0 / (1.0 + np.exp(-(self._slope * self._odds(past, rows) + self._offset)))


@dataclass(frozen=True, slots=True)
class _Past:
    """What was to be seen of each topic in its first hour, and what came of it."""

    titles: list[str]
    numbers: Floats  # topics x numbers, of the hour, of similar topics, of words
    peak: Floats
    categories: Floats
    nearest: Ints

    @classmethod
    def of(
        cls,
        board: pl.DataFrame,
        sights: pl.DataFrame,
        course: pl.DataFrame,
        big: float,
        idf: Floats,
        words: WordOutcomes,
    ) -> _Past:
        hour = sights.select(NUMBERS).to_numpy()
        similar, nearest = similar_numbers(board, sights, idf)
        settled = course["settled"].to_numpy()
        usual = sights["volume"].to_numpy() / hour[:, NUMBERS.index("to_usual")]
        reached = np.clip(np.log(settled / usual), -2.0, 3.0)
        said = words.replay(sights, (settled >= big).astype(np.float64), reached)
        numbers = np.column_stack([hour, similar, said])
        named = category_columns(course["category"].to_list())
        return cls(sights["term"].to_list(), numbers, course["peak"].to_numpy(), named, nearest)

    def scaled(self, rows: Ints) -> Floats:
        """The numbers of the hour that a linear reading can use, on one scale, with squares and the hours of the day."""
        of = {name: self.numbers[rows, place] for place, name in enumerate(NUMBERS)}
        logs = [np.log(of[name] + 1e-3) for name in ("to_top", "to_middle", "to_usual")]
        plain = np.column_stack([of["heat"], *logs, np.log(of["rank"] + 1), np.minimum(of["gap"], 5)])
        plain = (plain - plain.mean(axis=0)) / np.maximum(plain.std(axis=0), 1e-9)
        return np.column_stack([plain, plain[:, :2] ** 2, np.eye(24)[of["hour"].astype(np.int64)]])


def _auc_error(auc: float, big: int, others: int) -> float:
    """Standard error of an AUC (J. Hanley, B. McNeil, Radiology 143, 1982)."""
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (big - 1) * (one - auc**2) + (others - 1) * (two - auc**2)
    return float(np.sqrt(spread / (big * others)))


def _tree(topics: int, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.05,
        max_leaf_nodes=7,
        min_samples_leaf=min(100, max(20, topics // 200)),
        l2_regularization=5.0,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )

"""Keyword research over texts and search suggestions: which words extend a core word, and what each of them is worth.

What marketers do by hand (关键词拓展): from core words to extension words by what search boxes suggest, by what is said
together, and by places and brands put in front; then heat, trend, how far a word is about the matter, how ready to buy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from nlp.stopwords import is_content

Terms = Mapping[str, Sequence[str]]  # a term to the words that it is cut into
_TERM_WORDS = {"term": pl.String, "word": pl.String, "needs": pl.UInt32}
_MATCHES = {"term": pl.String, "post": pl.UInt32}
_LONGEST = 20  # characters of a word that is offered


class Corpus:
    """Texts as sets of words.

    ``frame``: a row a text with ``person`` (who wrote it), ``at`` (aware), ``words`` (joined by one space) and ``intent``
    (null where it shows none).
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self.posts = frame.select("person", "at", pl.col("intent").is_not_null().alias("intends"))
        self.posts = self.posts.with_row_index("post")
        self._tokens = (
            frame.select(pl.col("words").str.split(" ").alias("word"))
            .with_row_index("post")
            .explode("word")
            .drop_nulls()
            .unique()
        )

    def matches(self, terms: Terms) -> pl.DataFrame:
        """Which texts hold all words of which terms: (term, post). A term without words matches nothing."""
        needed = [
            (term, word, len(set(words))) for term, words in terms.items() for word in sorted(set(words))
        ]
        wanted = pl.DataFrame(needed, schema=_TERM_WORDS, orient="row")
        if wanted.is_empty():
            return pl.DataFrame(schema=_MATCHES)
        held = (
            self._tokens.join(wanted, on="word")
            .group_by("term", "post")
            .agg(pl.len(), pl.col("needs").first())
        )
        return held.filter(pl.col("len") == pl.col("needs")).select("term", "post")

    def together(self, posts: pl.Series, least: int, limit: int) -> list[tuple[str, float]]:
        """The words that are said with these texts' matter more than elsewhere: (word, NPMI x log(1 + shared texts)).

        Words that fewer than ``least`` persons say in these texts are left out. For the measure see
        :mod:`nlp.cooccurrence`.
        """
        total, inside = self.posts.height, posts.len()
        if not inside:
            return []
        within = self._tokens.filter(pl.col("post").is_in(posts.implode()))
        people = within.join(self.posts.select("post", "person"), on="post")
        shared = people.group_by("word").agg(
            pl.len().alias("shared"), pl.col("person").n_unique().alias("people")
        )
        shared = shared.filter(pl.col("people") >= least)
        counts = self._tokens.join(shared, on="word").group_by("word").agg(pl.len(), pl.col("shared").first())
        joint = pl.col("shared") / total
        surprise = (pl.col("shared") * total / (pl.col("len") * inside)).log() / -joint.log()
        scored = counts.with_columns((surprise * (pl.col("shared") + 1).log()).alias("score"))
        scored = scored.filter(pl.col("score").is_finite(), pl.col("score") > 0).sort(
            ["score", "word"], descending=[True, False]
        )
        found = ((word, score) for word, score in scored.select("word", "score").iter_rows())
        return [(word, score) for word, score in found if _offered(word)][:limit]

    def measure(
        self, matches: pl.DataFrame, cores: pl.DataFrame, middle: datetime, span: timedelta
    ) -> pl.DataFrame:
        """What is said with each term.

        Args:
            matches: (term, post) of the terms.
            cores: (term, post): the texts of the core word that each term extends.
            middle: parts the time into ``span`` before and ``span`` after.

        Returns:
            A row a term with matches: ``posts``, ``people``; ``recent`` and ``before``, the persons of each half;
            ``about``, the posts that hold the core word too; ``intending``, the posts that show an intent.
        """
        told = matches.join(self.posts, on="post")
        about = (
            matches.join(cores.unique(), on=["term", "post"]).group_by("term").agg(pl.len().alias("about"))
        )
        late, early = _halves(middle, span)
        sums = told.group_by("term").agg(
            pl.len().alias("posts"),
            pl.col("person").n_unique().alias("people"),
            pl.col("person").filter(late).n_unique().alias("recent"),
            pl.col("person").filter(early).n_unique().alias("before"),
            pl.col("intends").sum().alias("intending"),
        )
        return sums.join(about, on="term", how="left").with_columns(pl.col("about").fill_null(0)).sort("term")

    def people(self, middle: datetime, span: timedelta) -> tuple[int, int]:
        """The persons who wrote at all in the half after ``middle``, and in the half before."""
        late, early = _halves(middle, span)
        return self.posts.filter(late)["person"].n_unique(), self.posts.filter(early)["person"].n_unique()


def _halves(middle: datetime, span: timedelta) -> tuple[pl.Expr, pl.Expr]:
    at = pl.col("at")
    return (at >= middle) & (at < middle + span), (at < middle) & (at >= middle - span)


def _offered(word: str) -> bool:
    return 1 < len(word) <= _LONGEST and is_content(word) and not word.startswith(("@", "["))


def suggested(related: Mapping[str, Sequence[str]], core: str, depth: int) -> dict[str, tuple[int, str]]:
    """What search boxes suggest for a core word: suggestion to (how many steps from the core, what led to it)."""
    found: dict[str, tuple[int, str]] = {}
    layer = [core]
    for step in range(1, depth + 1):
        following = []
        for parent in layer:
            for term in related.get(parent, ()):
                if term != core and term not in found:
                    found[term] = (step, parent)
                    following.append(term)
        layer = following
    return found


def monotone(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Whether a series of equal steps goes up or down: the Mann-Kendall z, and Sen's slope as a factor a step.

    H. Mann, "Nonparametric Tests Against Trend", 1945; P. Sen, "Estimates of the Regression Coefficient Based on
    Kendall's Tau", 1968. Robust: single days of any height change little. The slope is taken of log(1 + value). The z is
    0 for fewer than 8 values; ties are corrected for.
    """
    size = len(values)
    if size < 8:
        return 0.0, 1.0
    first, second = np.triu_indices(size, 1)
    signs = np.sign(values[second] - values[first])
    score = signs.sum()
    _, ties = np.unique(values, return_counts=True)
    variance = (size * (size - 1) * (2 * size + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    if variance <= 0:
        return 0.0, 1.0
    logs = np.log1p(values)
    slope = float(np.median((logs[second] - logs[first]) / (second - first)))
    return float((score - np.sign(score)) / np.sqrt(variance)), float(np.exp(slope))

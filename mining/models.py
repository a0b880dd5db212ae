"""The versioned models behind the derived tables: dictionary, tag model, spam model, topics."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from mining.tag_plan import TagPlan
from mining.topics import TopicSettings
from nlp.language import languages
from nlp.normalise import normalise_all
from nlp.phrases import PhraseModel
from nlp.segment import Segmenter
from nlp.spam import SpamModel
from nlp.tags import TagModel
from nlp.topics import TopicModel
from privacy.home import Home
from privacy.policies import write_text

# Topics are fitted on at most this many posts, drawn evenly over time: more changes the topics little.
TOPIC_POSTS = 40_000
# Phrases are counted over at most this many posts, drawn evenly over time.
PHRASE_POSTS = 100_000
# A hashtag used by this many accounts becomes a word of the dictionary, so that it stays whole.
HASHTAG_ACCOUNTS = 5
_FOLDER = "current"


@dataclass(frozen=True, slots=True)
class Models:
    """Everything a post's annotation depends on; it changes only by a refit, and by the user's dictionary.

    ``learned_words`` are those of the Segmenter's words that a refit chose (taxonomy, common hashtags).
    """

    segmenter: Segmenter
    learned_words: tuple[str, ...]
    tags: TagModel
    spam: SpamModel
    topics: TopicModel
    phrases: PhraseModel
    version: str

    @classmethod
    def fit(
        cls,
        posts: pl.DataFrame,
        plan: TagPlan | None = None,
        seed: int = 7,
        user_words: Sequence[str] = (),
        topics: TopicSettings | None = None,
        earlier: Models | None = None,
    ) -> Models:
        """Learn from posts (columns of the ``posts`` table), sorted by id so that a refit is repeatable.

        Words, tags and topics are learned from posts in Chinese, English or both; tags and topics from posts drawn by
        their weight, so that neither templates nor advertising teach them. Topics that the ``earlier`` models know keep their ids.
        """
        posts, plan = posts.sort("id"), plan or TagPlan()
        spam = SpamModel().fit(full_texts(posts), posts["account_id"].to_list())
        posts = legible(posts)
        learned = _learned_words(posts, plan)
        segmenter = Segmenter({*learned, *user_words})
        posts = drawn_by_weight(posts, spam, seed)
        docs = segmenter.cut_all(normalise_all(full_texts(posts)))
        tags = _fit_tags(posts, docs, plan, seed)
        step = max(1, -(-len(docs) // TOPIC_POSTS))
        settings = topics or TopicSettings()
        found = settings.fit(docs[::step], seed, earlier.topics if earlier else None)
        phrases = PhraseModel().fit(docs[:: max(1, -(-len(docs) // PHRASE_POSTS))])
        version = _version(segmenter, tags, spam, found, phrases)
        return cls(segmenter, learned, tags, spam, found, phrases, version)

    def with_dictionary(self, user_words: Sequence[str]) -> Models:
        """These models over another user dictionary; themselves where it changes no word."""
        segmenter = Segmenter({*self.learned_words, *user_words})
        if segmenter.user_words == self.segmenter.user_words:
            return self
        version = _version(segmenter, self.tags, self.spam, self.topics, self.phrases)
        return replace(self, segmenter=segmenter, version=version)

    def retagged(
        self, posts: pl.DataFrame, plan: TagPlan, user_words: Sequence[str], seed: int = 7
    ) -> Models:
        """The same with a tag model for another plan: own tags or vetoes changed. Their words join the dictionary."""
        posts = drawn_by_weight(legible(posts.sort("id")), self.spam, seed)
        learned = tuple(sorted({*self.learned_words, *plan.taxonomy.words()}))
        segmenter = Segmenter({*learned, *user_words})
        tags = _fit_tags(posts, segmenter.cut_all(normalise_all(full_texts(posts))), plan, seed)
        version = _version(segmenter, tags, self.spam, self.topics, self.phrases)
        return replace(self, segmenter=segmenter, learned_words=learned, tags=tags, version=version)

    def save(self, home: Home) -> None:
        """Write all models into a new folder and switch to it, so that a kill never leaves half of them."""
        folder = home.models / _FOLDER
        partial = home.models / f"{_FOLDER}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / "segmenter.json").write_text(self._words_json(), "utf-8")
        for name, model in (("tags", self.tags), ("spam", self.spam), ("topics", self.topics)):
            (partial / name).mkdir()
            model.save(partial / name)
        self.phrases.save(partial)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)

    def save_dictionary(self, home: Home) -> None:
        """Write the Segmenter's words alone, in one rename."""
        write_text(home, home.models / _FOLDER / "segmenter.json", self._words_json())

    def _words_json(self) -> str:
        words = {
            "words": self.segmenter.user_words,
            "learned": self.learned_words,
            "version": self.segmenter.version,
        }
        return json.dumps(words, ensure_ascii=False)

    @classmethod
    def load(cls, home: Home) -> Models | None:
        """The saved models, or None when there are none that this version can read."""
        folder = home.models / _FOLDER
        if not (folder / "topics").is_dir():
            return None
        try:
            saved = json.loads((folder / "segmenter.json").read_text("utf-8"))
            segmenter, learned = Segmenter(saved["words"]), tuple(saved["learned"])
            tags, spam = TagModel.load(folder / "tags"), SpamModel.load(folder / "spam")
            topics = TopicModel.load(folder / "topics")
            phrases = PhraseModel.load(folder)
        except (OSError, ValueError, KeyError):  # damaged, or of another release: they are fitted again
            return None
        version = _version(segmenter, tags, spam, topics, phrases)
        return cls(segmenter, learned, tags, spam, topics, phrases, version)


def legible(posts: pl.DataFrame) -> pl.DataFrame:
    """The posts in a language that words are cut in; the others are kept and found by their words, but teach nothing."""
    found = pl.Series(languages(normalise_all(full_texts(posts))), dtype=pl.String)
    return posts.filter(found != "other")


def drawn_by_weight(posts: pl.DataFrame, spam: SpamModel, seed: int) -> pl.DataFrame:
    """A part of the posts, each taken with the chance of its weight."""
    _, weight = spam.judge(full_texts(posts))
    return posts.filter(np.random.default_rng(seed).random(posts.height) < weight)


def full_texts(posts: pl.DataFrame) -> list[str]:
    """A post's title and text as one string, in row order."""
    return (
        posts.select(
            pl.concat_str(
                pl.col("title").fill_null(""), pl.col("text").fill_null(""), separator=" "
            ).str.strip_chars()
        )
        .to_series()
        .to_list()
    )


def _fit_tags(posts: pl.DataFrame, docs: list[list[str]], plan: TagPlan, seed: int) -> TagModel:
    accounts = posts["account_id"].to_list()
    model = TagModel(plan.taxonomy, plan.veto, seed)
    return model.fit(docs, posts["hashtags"].to_list(), posts["board"].to_list(), accounts)


def _learned_words(posts: pl.DataFrame, plan: TagPlan) -> tuple[str, ...]:
    common = (
        posts.lazy()
        .select("account_id", "hashtags")
        .explode("hashtags")
        .drop_nulls()
        .group_by("hashtags")
        .agg(pl.col("account_id").n_unique().alias("accounts"))
        .filter(pl.col("accounts") >= HASHTAG_ACCOUNTS, pl.col("hashtags").str.len_chars().is_between(2, 12))
        .collect()
    )
    return tuple(sorted({*plan.taxonomy.words(), *common["hashtags"].to_list()}))


def _version(
    segmenter: Segmenter, tags: TagModel, spam: SpamModel, topics: TopicModel, phrases: PhraseModel
) -> str:
    parts = "\n".join(model.version for model in (segmenter, tags, spam, topics, phrases))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]

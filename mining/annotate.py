"""Posts to annotations: a pure function of each post and the models, in batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pyarrow as pa

from lake.schemas import ANNOTATIONS, STRINGS
from mining.brands import Tracked
from mining.models import Models, full_texts
from nlp.families import families
from nlp.intent import intents
from nlp.language import languages
from nlp.normalise import normalise_all
from nlp.tags import TagScores

BATCH = 10_000


def batches(posts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The posts in slices of up to BATCH rows."""
    return (posts.slice(start, BATCH) for start in range(0, posts.height, BATCH))


def annotate_batch(posts: pl.DataFrame, models: Models, tracked: Tracked) -> pa.Table:
    """The annotations of some posts, a row each in their order; each depends on its post and the models alone."""
    as_stored = full_texts(posts)
    texts = normalise_all(as_stored)
    docs = models.segmenter.cut_all(texts)
    words = [" ".join(doc) for doc in docs]
    hashtags = posts["hashtags"].to_list()
    names, probabilities = _tag_lists(models.tags.predict(docs, hashtags, posts["board"].to_list()))
    brands, sentiments = tracked.read(as_stored, texts)
    topic_index, topic_weight = models.topics.assign(docs)
    spam, weight = models.spam.judge(as_stored)
    topic_ids = np.array([topic.id for topic in models.topics.topics] + [None], dtype=object)
    columns = {
        "post_id": posts["id"].to_arrow(),
        "account_id": posts["account_id"].to_arrow(),
        "source": posts["source"].to_arrow(),
        "created_at": posts["created_at"].to_arrow(),
        "month": posts["month"].to_arrow(),
        "words": pa.array(words, pa.string()),
        "hashtags": posts["hashtags"].to_arrow(),
        "phrases": pa.array(models.phrases.find(words), STRINGS),
        "tags": names,
        "tag_probs": probabilities,
        "intent": pa.array(intents(texts, docs), pa.string()),
        "benefits": pa.array(families(texts, "benefits"), STRINGS),
        "styles": pa.array(families(texts, "styles"), STRINGS),
        "brands": pa.array(brands, STRINGS),
        "sentiments": pa.array(sentiments, pa.list_(pa.float32())),
        "topic": pa.array(topic_ids[topic_index], pa.string()),
        "topic_weight": pa.array(topic_weight, pa.float32()),
        "spam": pa.array(spam, pa.float32()),
        "lang": pa.array(languages(texts), pa.string()),
        "weight": pa.array(weight, pa.float32()),
        "searchable": posts["searchable"].to_arrow(),
        "model_version": pa.repeat(models.version, posts.height),
        "dictionary": pa.repeat(models.segmenter.version, posts.height),
    }
    fields = [pa.array(columns[f.name]).cast(f.type) for f in ANNOTATIONS.schema]
    return pa.Table.from_arrays(fields, schema=ANNOTATIONS.schema)


def _tag_lists(scores: TagScores) -> tuple[pa.ListArray, pa.ListArray]:
    """Rows of the tag matrix as two aligned list columns, strongest tag first."""
    matrix = scores.matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    offsets = pa.array(matrix.indptr, pa.int32())
    names = pa.array(scores.tags, pa.string()).take(pa.array(matrix.indices[order]))
    probabilities = pa.array(matrix.data[order], pa.float32())
    return pa.ListArray.from_arrays(offsets, names), pa.ListArray.from_arrays(offsets, probabilities)

"""What an index of persons looks like in Elasticsearch: an index template, and one document a person.

Words arrive cut, so the built-in ``whitespace`` analyzer is all there is; levels are plain terms. Only ``row`` is kept
as source: the rest can be searched and counted, not read back.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import polars as pl

from audience.engines.base import COUNTED_FIELDS, LOOKUP_FIELDS, MAX_LIMIT, MAX_OFFSET

# Lucene takes no term above 32,766 bytes; a value this long is no value of ours.
_KEYWORD = {"type": "keyword", "ignore_above": 8_191}
_MATCHED = {**_KEYWORD, "doc_values": False}


# No length is asked of a vector here: rounded ones are not quite as long as one another.
_VECTOR = {"type": "dense_vector", "element_type": "byte", "similarity": "max_inner_product"}


def mappings(knn: bool) -> dict[str, Any]:
    """The fields of an index, with vectors or without."""
    properties: dict[str, Any] = {
        "uid": {"type": "integer"},
        "row": {"type": "keyword", "index": False, "doc_values": False},
        "listable": {"type": "boolean"},
        "words": {"type": "text", "analyzer": "whitespace"},
        **dict.fromkeys(("account", *LOOKUP_FIELDS), _MATCHED),
        **dict.fromkeys(COUNTED_FIELDS, _KEYWORD),
        **{name: {"type": "long"} for name in ("influence", "followers", "last_active", "cell", "mark")},
        **({"vector": _VECTOR} if knn else {}),
    }
    return {"dynamic": "strict", "_source": {"includes": ["row"]}, "properties": properties}


def settings(shards: int) -> dict[str, Any]:
    """An index is written once, in the order of standing, and then only read."""
    return {
        "number_of_shards": shards,
        "auto_expand_replicas": "0-1",
        "max_result_window": MAX_OFFSET + MAX_LIMIT + 1,
        "sort.field": "uid",
        "sort.order": "asc",
    }


def template(prefix: str, shards: int, knn: bool) -> dict[str, Any]:
    """The index template, as the client takes it."""
    return {
        "index_patterns": [f"{prefix}-people-*"],
        "priority": 200,
        "template": {"settings": {"index": settings(shards)}, "mappings": mappings(knn)},
    }


def layout(knn: bool) -> str:
    """Changes whenever the fields do."""
    return hashlib.sha256(orjson.dumps(mappings(knn), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def documents(batch: pl.DataFrame, knn: bool) -> pl.Series:
    """One JSON text a person, of a batch of ``audience.index.people.person_batches``."""
    fields = [name for name in mappings(knn)["properties"] if name in batch.columns or name != "vector"]
    return batch.select(pl.struct(*fields).struct.json_encode()).to_series()

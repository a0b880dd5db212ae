"""Writing the words of recent posts, with their places, into a Tantivy index.

A thread of its own makes documents and hands them over, so that nobody else waits while Tantivy writes a segment out.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import tantivy

WORDS, PLACE = "words", "place"
UID = "uid"
# A uid is two words that others share, its block and its place there: a million words of one person each slow all others.
BLOCK = 1024
_SPLIT = "split"
# One thread keeps up with all that comes before it; two take more time of the processors for the same words, and make twice
# as many segments. Its memory holds a segment of some million people; of twice as much, clearing it takes longer than it saves.
_HEAP, _THREADS = 1 << 29, 1
# Batches that wait while a segment is written out.
_WAITING = 10
# Between the words of two accounts of a person: a word that no segmenter gives, so that no phrase crosses it.
_BREAK = "\ue000"


def schema() -> tantivy.Schema:
    """The index's fields."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(UID, indexed=False, fast=True)
    builder.add_text_field(PLACE, tokenizer_name=_SPLIT, index_option="basic")
    builder.add_text_field(WORDS, tokenizer_name=_SPLIT)
    return builder.build()


def register(index: tantivy.Index) -> None:
    """Teach an opened index how its words are split."""
    index.register_tokenizer(_SPLIT, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def block_word(block: int) -> str:
    """The word of a block of uids."""
    return f"B{block}"


def place_word(place: int) -> str:
    """The word of a place in a block."""
    return f"P{place}"


class WordWriter:
    """Takes the words of each batch; on leaving well they have been committed."""

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index(schema(), path=str(folder), reuse=False)
        register(index)
        self._writer = index.writer(heap_size=_HEAP, num_threads=_THREADS)
        self._thread = ThreadPoolExecutor(1, "words")
        self._waiting: deque[Future[Any]] = deque()

    def __enter__(self) -> WordWriter:
        return self

    def add(self, batch: pl.DataFrame) -> None:
        """The words of the next persons; waits while too many batches do."""
        self._waiting.append(self._thread.submit(self._hand_over, batch.select(UID, "words")))
        if len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def commit(self) -> None:
        """Begin to put on the disk all that came."""
        self._waiting.append(self._thread.submit(self._writer.commit))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        whole = False
        try:
            while error is None and self._waiting:
                self._waiting.popleft().result()
            whole = error is None
        finally:
            self._thread.shutdown(cancel_futures=True)
            try:
                if not whole:
                    self._writer.rollback()
            finally:
                # The writer's threads hold the folder: they must have ended before anybody removes it.
                self._writer.wait_merging_threads()

    def _hand_over(self, batch: pl.DataFrame) -> None:
        for document in _documents(batch):
            self._writer.add_json(document)


def _documents(batch: pl.DataFrame) -> list[str]:
    """One JSON text a person."""
    block = pl.lit(block_word(0)[0]) + (pl.col(UID) // BLOCK).cast(pl.String)
    place = pl.lit(place_word(0)[0]) + (pl.col(UID) % BLOCK).cast(pl.String)
    return (
        batch.select(
            pl.struct(
                UID,
                pl.concat_str([block, place], separator=" ").alias(PLACE),
                pl.col("words").list.join(f" {_BREAK} ").alias(WORDS),
            ).struct.json_encode()
        )
        .to_series()
        .to_list()
    )

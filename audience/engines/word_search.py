"""What Tantivy is asked: who has words in a row, and whose posts fit words best. It never gets text to parse.

Its own syntax, deep nesting and huge limits can end the process: words arrive cut, every number is bounded before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import tantivy
from numpy.typing import NDArray
from pyroaring import BitMap
from tantivy import Occur, Query

from audience.engines.people import people_of, uids_of
from audience.engines.word_writer import BLOCK, PLACE, UID, WORDS, block_word, place_word, register

_PHRASES = 64
# Of no more people than these, the engine is told who they are; of more, the best of everybody are looked through.
_FEW = 2_000
# People beyond those asked for, since ties are put in order of standing.
_MORE = 64

Phrase: TypeAlias = tuple[tuple[str, ...], bool]  # words, and whether they must stand in a row


class WordSearch:
    """A reader of the words of one index; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError where the files are damaged."""
        index = tantivy.Index.open(str(folder))
        register(index)
        self._schema, self._searcher = index.schema, index.searcher()
        self.phrase = lru_cache(_PHRASES)(self._phrase)

    @property
    def persons(self) -> int:
        """Everybody in the index."""
        return int(self._searcher.num_docs)

    def best(self, asked: Sequence[Phrase], among: BitMap, first: int, last: int) -> list[tuple[int, float]]:
        """Places ``first`` to ``last`` of these people by how well their words fit: uid and BM25 score.

        Ties go by uid; those who have none of the words come last, with 0.
        """
        uids, scores = self._scored(asked, among, last)
        best = np.lexsort((uids, -scores))[first:last]
        fitting = list(zip(uids[best].tolist(), scores[best].tolist(), strict=True))
        if len(fitting) == last - first:
            return fitting
        others = (among - people_of(uids))[max(0, first - len(uids)) : last - len(uids)]
        return fitting + [(uid, 0.0) for uid in others]

    def _scored(
        self, asked: Sequence[Phrase], among: BitMap, last: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Those of these people who have some of the words, with their scores: all, or at least the ``last`` best."""
        fitting = _any_of([self._query(words, row) for words, row in asked])
        if len(among) <= _FEW:
            these = Query.const_score_query(self._these(uids_of(among)), 0.0)
            return self._hits(Query.boolean_query([(Occur.Must, these), (Occur.Must, fitting)]), len(among))
        inside = np.zeros(self.persons, dtype=bool)
        inside[uids_of(among)] = True
        fetch = (last + _MORE) * (1 + self.persons // len(among))
        while True:
            uids, scores = self._hits(fitting, fetch)
            kept = inside[uids]
            if len(uids) < fetch or np.count_nonzero(scores[kept] > scores[-1]) >= last:
                return uids[kept], scores[kept]
            fetch *= 4

    def _hits(self, query: Query, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        hits = self._searcher.search(query, limit=max(1, min(limit, self.persons)), count=False).hits
        addresses: list[Any] = [address for _, address in hits]
        uids = np.asarray(self._searcher.fast_field_values(UID, addresses), dtype=np.int64).reshape(-1)
        return uids, np.array([score for score, _ in hits], dtype=np.float64)

    def _phrase(self, words: tuple[str, ...]) -> BitMap:
        """Who has these words in a row."""
        query = self._query(words, True)
        found = self._searcher.search(query, limit=max(1, self.persons), count=False, order_by_field=UID)
        return people_of(np.array([uid for uid, _ in found.hits], dtype=np.int64))

    def _query(self, words: Sequence[str], in_a_row: bool) -> Query:
        if in_a_row and len(words) > 1:
            return Query.phrase_query(self._schema, WORDS, list(words))
        return _all_of([Query.term_query(self._schema, WORDS, word) for word in words])

    def _these(self, uids: NDArray[np.int64]) -> Query:
        """Exactly these people."""
        blocks, places = np.divmod(uids, BLOCK)
        return _any_of(
            [
                _all_of(
                    [
                        self._word(block_word(block)),
                        _any_of(
                            [self._word(place_word(place)) for place in places[blocks == block].tolist()]
                        ),
                    ]
                )
                for block in np.unique(blocks).tolist()
            ]
        )

    def _word(self, word: str) -> Query:
        return Query.term_query(self._schema, PLACE, word, index_option="basic")


def _all_of(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _any_of(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries], minimum_number_should_match=1)

"""Filling an index: batches with back-off, through a server that stops meanwhile, and on from where a build ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from elasticsearch import ApiError, TransportError
from elasticsearch.helpers import async_bulk

from audience.engines.elasticsearch_link import PASSING, Link, is_passing
from audience.engines.elasticsearch_mapping import documents
from audience.engines.elasticsearch_pulse import SilentError
from privacy.errors import StorageError

_PART = 1_000
_IN_FLIGHT = 2
_CHUNK_BYTES = 8 << 20
_RETRIES = 8
_LONGEST_WAIT = 10.0
_T = TypeVar("_T")


@dataclass(slots=True)
class Checkpoint:
    """How far an index is filled: so many persons are in it for good, and ``digest`` is that of their documents."""

    index: str
    persons: int = 0
    digest: str = ""

    @classmethod
    def read(cls, path: Path) -> Checkpoint | None:
        """What a build before left; None where it left nothing that can be read."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Keep it, whole or not at all."""
        partial = path.with_suffix(".new")
        partial.write_text(json.dumps(asdict(self)), "utf-8")
        partial.replace(path)


class OtherPeopleError(Exception):
    """What an index was begun with is not what it would be filled with now."""


def fill(link: Link, checkpoint: Checkpoint, batches: Iterable[pl.DataFrame], path: Path) -> int:
    """Send everybody whom the index has not yet, keep the checkpoint in ``path``, make the index ready to be read.

    Raises:
        OtherPeopleError: the first persons are not those of the checkpoint.
        UnreachableError: the server stayed away longer than the settings' patience.
        StorageError: Elasticsearch refused documents, or lost some.
    """
    digest = hashlib.blake2b(digest_size=16)
    sent: deque[tuple[Future[None], Checkpoint]] = deque()
    place = 0

    def settle(most: int) -> None:
        while len(sent) > most:
            begun, reached = sent.popleft()
            link.wait(begun)
            reached.write(path)

    try:
        for part in _parts(batches, link.settings.knn):
            first, place = place, place + len(part)
            digest.update("\n".join(part).encode())
            reached = Checkpoint(checkpoint.index, place, digest.hexdigest())
            if place <= checkpoint.persons:
                if place == checkpoint.persons and reached != checkpoint:
                    raise OtherPeopleError
                continue
            sent.append((link.start(_send(link, checkpoint.index, part, first)), reached))
            settle(_IN_FLIGHT - 1)
        settle(0)
    finally:
        for begun, _ in sent:
            begun.cancel()
    if place < checkpoint.persons:
        raise OtherPeopleError
    _finish(link, checkpoint.index, place)
    return place


def patient(link: Link, request: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """What :func:`patiently` gives. Raises as ``Link.wait`` does."""
    return link.wait(link.start(patiently(link, request)))


async def patiently(link: Link, request: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """The request's result, asked again with growing pauses while the server is away, for the settings' patience."""
    pause, patience = 0.5, link.settings.patience
    lost: float | None = None
    while True:
        began = time.monotonic()
        try:
            return await link.pulse.watch(request(), patience - (began - (lost or began)))
        except (TransportError, ApiError) as error:
            lost = _lost(error, lost, began)
            if not is_passing(error) or time.monotonic() + pause > lost + patience:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_WAIT)


def _lost(error: Exception, before: float | None, began: float) -> float:
    """Since when the server has been away: a long request may have been under way for hours when it went."""
    if isinstance(error, SilentError):
        return error.lived or before or began
    return before or time.monotonic()


def _parts(batches: Iterable[pl.DataFrame], knn: bool) -> Iterator[list[str]]:
    """Documents in parts that one request holds; where a part begins and ends does not depend on the run."""
    for batch in batches:
        for start in range(0, batch.height, _PART):
            yield documents(batch[start : start + _PART], knn).to_list()


async def _send(link: Link, index: str, part: list[str], first: int) -> None:
    """Index a part whose documents' ids count from ``first``; doing it twice is doing it once."""
    actions = [{"_index": index, "_id": str(uid), "_source": text} for uid, text in enumerate(part, first)]

    async def send() -> list[Any]:
        _, failed = await async_bulk(
            link.client,
            actions,
            chunk_size=_PART,
            max_chunk_bytes=_CHUNK_BYTES,
            raise_on_error=False,
            max_retries=_RETRIES,
            initial_backoff=0.5,
            max_backoff=_LONGEST_WAIT,
            retry_on_status=PASSING,
        )
        return failed if isinstance(failed, list) else []

    failed = await patiently(link, send)
    if failed:
        why = next(iter(failed[0].values())).get("error", {})
        reason = why.get("reason", why) if isinstance(why, dict) else why
        raise StorageError(
            f"Elasticsearch refused {len(failed):,} of {len(part):,} persons: {' '.join(str(reason).split())[:200]}",
            "the index before is untouched; renqun doctor may say why",
        )


def _finish(link: Link, index: str, persons: int) -> None:
    """Merge what will only be read from now on into one segment, and see that all of it is there."""
    client = link.client
    patient(link, lambda: client.indices.refresh(index=index))
    found = patient(link, lambda: client.count(index=index))["count"]
    if found != persons:
        raise StorageError(
            f"Elasticsearch holds {found:,} of {persons:,} persons that it acknowledged",
            "look at its disk and log, then run: renqun mine",
        )
    merging = client.options(request_timeout=None, max_retries=0)  # it may take hours
    patient(link, lambda: merging.indices.forcemerge(index=index, max_num_segments=1))

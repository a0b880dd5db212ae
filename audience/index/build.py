"""The search index of a home: built whole from the profiles into a new folder, then switched to at once.

``home/index/current`` names the folder in use. Beside what the engine keeps there it holds ``meta.json`` (written last: without
it the folder counts as half-built), ``baseline.json`` (how many persons have each value: what TGI compares with) and
``segmenter.json`` (the words of the dictionary that the profiles' words were cut with), ``grown.json`` (the words that mining
learned to tell each interest and topic by: evidence is marked by them), the shelf that evidence is read from and
``files.json`` (how long each of these files is, by which damage is seen).
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audience.disclosure.answered import Answered
from audience.engines.base import COUNTED_FIELDS, Engine, Scope, Store
from audience.engines.stores import store_of
from audience.errors import NotMinedError
from audience.index.opened import (
    ANSWERED,
    FILES,
    IndexMeta,
    answered_in,
    current,
    is_stale,
    lengths,
    open_index,
    read_meta,
    schema_hash,
)
from lake.counted import COUNT_DAYS, counted_term
from lake.locks import Claim
from lake.store import Lake
from privacy.errors import ConflictError, StorageError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

if TYPE_CHECKING:
    import polars as pl

__all__ = ["IndexReport", "build", "is_stale", "open_index"]

# Terms rarer than this are not worth a line of the baseline: no answer may show them.
_BASELINE_TERMS = 20_000
_TURN = 0.2  # seconds between two looks whether another process is done


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What :func:`build` did."""

    built: bool
    persons: int
    seconds: float


def build(
    home: Home,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    patience: float = 0.0,
) -> IndexReport:
    """Build the index if the profiles changed since (or ``force``); ``progress`` is told accounts done and in all.

    Raises:
        NotMinedError: there are no profiles yet.
        ConflictError: another process is building it, and is not done in ``patience`` seconds.
        StorageError: the disk refused; the index before is still in use.
    """
    began = time.monotonic()
    store = store_of(home)
    if not force and not is_stale(home):
        return IndexReport(False, read_meta(current(home), store).persons, time.monotonic() - began)
    version = Lake(home).version("profiles")
    if version is None:
        raise NotMinedError("there are no profiles to index yet")
    claim = _claimed(home, time.monotonic() + patience)
    try:
        persons = _build(home, store, version, progress)
    except OSError as error:
        raise StorageError(
            f"the search index could not be written: {error.strerror or error}; the one before is untouched",
            "free some space and run: renqun mine",
        ) from error
    finally:
        claim.release()
    return IndexReport(True, persons, time.monotonic() - began)


def _claimed(home: Home, until: float) -> Claim:
    """The claim on building, waited for up to a moment. Raises ConflictError."""
    while True:
        try:
            return Claim(home.index / ".lock", "building the search index")
        except ConflictError:
            if time.monotonic() >= until:
                raise
        time.sleep(_TURN)


def _build(home: Home, store: Store, version: int, progress: Callable[[int, int], None] | None) -> int:
    from audience.index.people import COLUMNS, person_batches
    from audience.index.shelf import write_shelf
    from audience.lookalike.vectors import person_vectors
    from audience.segments.members import frozen_terms
    from audience.tags.grown import grown_words
    from audience.tags.interests import taxonomy

    lake = Lake(home)
    folder = home.index / f"{version}-{uuid.uuid4().hex[:12]}"
    try:
        profiles = lake.read("profiles", columns=list(COLUMNS))
        names = _names(lake)
        hidden = {key for known in names.values() for key, name in known.items() if name is None}
        parent_of, vectors = taxonomy(home).parent_of, person_vectors(home)

        def batches() -> Iterator[pl.DataFrame]:
            found = person_batches(
                profiles,
                lambda value: value in hidden or _is_sensitive(value),
                frozen_terms(home),
                parent_of=parent_of,
                vectors=vectors,
            )
            return _told(found, profiles.height, progress)

        folder.mkdir(parents=True)
        count = store.write(folder, batches)
        as_of = _as_of(home, profiles)
        shown = {field: {key: name for key, name in known.items() if name} for field, known in names.items()}
        counts = _baseline(store.open(folder), as_of)
        baseline = {"counts": {**counts, "posts": _posted_about(profiles)}, "names": shown}
        _write_json(folder / "baseline.json", baseline)
        _write_json(folder / "segmenter.json", {"words": user_words(home)})
        words = {topic: words for topic, words in _topic_words(lake).items() if topic in shown["topic"]}
        _write_json(folder / "grown.json", {**grown_words(home), **words})
        write_shelf(home, folder)
        _write_json(folder / FILES, lengths(folder))
        meta = IndexMeta(schema_hash(store), version, as_of.isoformat(), count, store.name)
        _write_json(folder / "meta.json", asdict(meta))
        answered = answered_in(home, meta)
        if not Answered(answered).is_whole():
            _remove_answered(home, lambda name: name.startswith(answered.name))
        _put_on_disk((*folder.rglob("*"), folder))
        store.publish(folder)
        _switch(home, folder.name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    store.remove_others(folder)
    _remove_others(home, folder.name, answered.name)
    return count


def _told(
    batches: Iterable[pl.DataFrame], accounts: int, progress: Callable[[int, int], None] | None
) -> Iterator[pl.DataFrame]:
    """The batches as they pass, ``progress`` told of the accounts in them."""
    done = 0
    for batch in batches:
        done += int(batch["account"].list.len().sum())
        if progress is not None:
            progress(done, accounts)
        yield batch


def _posted_about(profiles: pl.DataFrame) -> dict[str, int]:
    """What posts are counted about, and by how many people each was posted about in the longest window."""
    import polars as pl

    ever = counted_term("", max(COUNT_DAYS), 1)
    counts = (
        profiles.lazy()
        .select("person_id", pl.col("counted").list.filter(pl.element().str.ends_with(ever)))
        .explode("counted")
        .drop_nulls()
        .group_by(pl.col("counted").str.strip_suffix(ever))
        .agg(pl.col("person_id").n_unique())
        .collect()
    )
    return dict(counts.iter_rows())


def _names(lake: Lake) -> dict[str, dict[str, str | None]]:
    """Names of topics and communities by id; None where the name may not be shown or asked for."""
    topics: dict[str, str | None] = {}
    if lake.exists("topics"):
        for row in lake.read("topics", columns=["topic", "name", "words"]).iter_rows(named=True):
            told = [row["name"] or "", *(row["words"] or ())]
            topics[row["topic"]] = None if any(map(_is_sensitive, told)) else row["name"]
    communities: dict[str, str | None] = {}
    if lake.exists("communities"):
        rows = lake.read("communities", columns=["community", "name"]).unique(maintain_order=True)
        for community, name in rows.iter_rows():
            communities[community] = name if name and not _is_sensitive(name) else ""
    return {"topic": topics, "community": communities}


def _topic_words(lake: Lake) -> dict[str, list[str]]:
    if not lake.exists("topics"):
        return {}
    return dict(lake.read("topics", columns=["topic", "words"]).drop_nulls().iter_rows())


@lru_cache(maxsize=200_000)
def _is_sensitive(value: str) -> bool:
    return sensitive_matter(value) is not None


def _as_of(home: Home, profiles: pl.DataFrame) -> datetime:
    """The moment that the profiles were mined for; the latest activity where mining left no state."""
    try:
        state = json.loads((home.models / "state.json").read_text("utf-8"))
        return datetime.fromisoformat(state["as_of"]).astimezone(UTC)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        latest = profiles["last_active_at"].max()
        return latest if isinstance(latest, datetime) else datetime.now(UTC)


def _baseline(engine: Engine, as_of: datetime) -> dict[str, dict[str, int]]:
    from audience.query.model import AudienceQuery

    scope = Scope(as_of, lambda text: [])
    return engine.facets(AudienceQuery(), scope, COUNTED_FIELDS, _BASELINE_TERMS)


def user_words(home: Home) -> list[str]:
    """The dictionary that mining cut words with; the taxonomy's where it left none."""
    from nlp.taxonomy import load_taxonomy

    try:
        saved = json.loads((home.models / "current" / "segmenter.json").read_text("utf-8"))
        return list(saved["words"])
    except FileNotFoundError:
        return sorted(load_taxonomy().words())


def _write_json(path: Path, content: Any) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
    partial.replace(path)


def _put_on_disk(paths: Iterable[Path]) -> None:
    """Have all of it written before anybody reads it: else a power cut may take what is in use, and whoever writes something
    of their own meanwhile waits for it."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _switch(home: Home, name: str) -> None:
    partial = home.index / "current.partial"
    partial.write_text(name, "utf-8")
    _put_on_disk([partial])
    partial.replace(home.index / "current")
    _put_on_disk([home.index])


def _remove_others(home: Home, keep: str, answered: str) -> None:
    """Old and half-built folders, and what was answered of other profiles: an open reader holds its files until it is done."""
    for place in home.index.iterdir():
        if place.is_dir() and place.name != keep:
            shutil.rmtree(place, ignore_errors=True)
    _remove_answered(home, lambda name: not name.startswith(answered))


def _remove_answered(home: Home, which: Callable[[str], bool]) -> None:
    """Files of what was answered, with the logs beside them: a log without its file would be written into the next one."""
    for place in home.index.glob(f"{ANSWERED}*"):
        if which(place.name):
            place.unlink(missing_ok=True)

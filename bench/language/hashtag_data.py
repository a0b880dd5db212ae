"""weibo_hashtag as the hashtag task reads it: posts as words, tags, and what must not be learned from."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.data import shared

_SHINGLE = 6
_SAME = 0.3  # posts that share this part of their shingles are one post, told by both of the sets
_REPLY = 40  # words of the replies to a post that are read with it


class Tagged(NamedTuple):
    """Posts as words, and the tags of each."""

    docs: list[list[str]]
    tags: list[list[str]]


class HashtagData(NamedTuple):
    """``known``: the tags of the training part with how often each is used; its posts are not at hand."""

    known: dict[str, int]
    valid: Tagged
    talks: Tagged
    test: Tagged


def load() -> HashtagData:
    """Read the set. Posts of the conversations that are also in valid or test are left out; a digit is a digit in both."""
    folder = shared("weibo_hashtag")
    known = Counter(tag for row in _tags(folder / "takg/train_trg.txt") for tag in row)
    valid, test = (
        Tagged(_docs(folder / f"takg/{part}_src.txt"), _tags(folder / f"takg/{part}_trg.txt"))
        for part in ("valid", "test")
    )
    same = {_digits(tag): tag for tag in sorted(known, key=lambda tag: known[tag])}
    talks = Tagged([], [])
    elsewhere = _shingles_of(valid.docs + test.docs)
    for part in ("valid", "test"):
        posts, replies = (_docs(folder / f"conv/{part}_{kind}.txt") for kind in ("post", "conv"))
        for post, reply, tags in zip(posts, replies, _tags(folder / f"conv/{part}_tag.txt"), strict=True):
            kept = [same[tag] for tag in tags if tag in same]
            if kept and not _is_among(post, elsewhere):
                talks.docs.append(post + reply[:_REPLY])
                talks.tags.append(kept)
    return HashtagData(dict(known), valid, talks, test)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n")


def _docs(path: Path) -> list[list[str]]:
    return [_digits(line).split() for line in _lines(path)]


def _tags(path: Path) -> list[list[str]]:
    return [
        list(dict.fromkeys(tag.strip() for tag in line.split(";") if tag.strip())) for line in _lines(path)
    ]


def _digits(text: str) -> str:
    return re.sub(r"\d+", "DIGIT", text)


def _shingles(doc: Sequence[str]) -> set[str]:
    text = "".join(char for word in doc for char in word if "\u4e00" <= char <= "\u9fff")
    return {text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)}


def _shingles_of(docs: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place, doc in enumerate(docs):
        for shingle in _shingles(doc):
            found[shingle].append(place)
    return found


def _is_among(doc: Sequence[str], elsewhere: dict[str, list[int]]) -> bool:
    shingles = _shingles(doc)
    shared_with = Counter(place for shingle in shingles for place in elsewhere.get(shingle, ()))
    return bool(shared_with) and max(shared_with.values()) > _SAME * len(shingles)

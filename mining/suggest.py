"""Proposals for the user dictionary: words that the lake's posts use and that fall apart when they are cut."""

from __future__ import annotations

import json
from dataclasses import asdict

import polars as pl

from lake.store import Lake
from mining.dictionary import load_words, words_in_force
from mining.models import full_texts
from mining.state import dictionary_digest
from nlp.newwords import NewWord, new_words
from nlp.normalise import normalise_all
from nlp.segment import Segmenter
from nlp.taxonomy import load_taxonomy
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import write_text

MOST_POSTS = 200_000  # the latest
KEPT = 1_000
_AROUND = 16  # characters of an example on either side of the word
_COLUMNS = ("id", "account_id", "created_at", "title", "text", "searchable")


def suggestions(home: Home, least_accounts: int) -> list[NewWord]:
    """Up to KEPT proposals from the latest posts, the surest first, each said by at least ``least_accounts`` accounts.

    They are kept in ``models/suggestions.json`` until posts or the dictionary change. Raises BadInputError where there
    are no posts.
    """
    lake = Lake(home)
    version = lake.version("posts")
    if version is None:
        raise BadInputError(
            "There are no posts to find words in.", "collect some first: renqun crawl, or renqun demo"
        )
    key = [version, dictionary_digest(home), least_accounts]
    file = home.models / "suggestions.json"
    try:
        kept = json.loads(file.read_text("utf-8"))
        if kept["key"] == key:
            return [NewWord(**{**word, "parts": tuple(word["parts"])}) for word in kept["words"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = _found(lake, home, least_accounts)[:KEPT]
    home.models.mkdir(parents=True, exist_ok=True)
    content = {"key": key, "words": [asdict(word) for word in found]}
    write_text(home, file, json.dumps(content, ensure_ascii=False))
    return found


def examples(home: Home, words: list[str], most: int = 3) -> dict[str, list[str]]:
    """What was written around each word, as stored (redacted) and normalised: searchable posts of as many accounts."""
    texts = pl.concat_str(pl.col("title").fill_null(""), pl.col("text").fill_null(""), separator=" ")
    posts = Lake(home).read("posts", _COLUMNS, where=pl.col("searchable") & texts.str.contains_any(words))
    posts = posts.sort("created_at", "id", descending=True).unique("account_id", maintain_order=True)
    shown: dict[str, list[str]] = {word: [] for word in words}
    for text in normalise_all(full_texts(posts)):
        for word, snippets in shown.items():
            at = text.find(word) if len(snippets) < most else -1
            if at >= 0:
                snippets.append(_snippet(text, at, at + len(word)))
    return shown


def _found(lake: Lake, home: Home, least_accounts: int) -> list[NewWord]:
    posts = lake.read("posts", _COLUMNS).top_k(MOST_POSTS, by="created_at")
    # Copies of one text would make a word of any part of it.
    copies = pl.concat_str(pl.col("title").fill_null(""), pl.col("text").fill_null("")).str.replace_all(
        r"[\d\s]+", ""
    )
    posts = posts.unique(copies, keep="first", maintain_order=True).sort("created_at", "id", descending=True)
    accounts = posts["account_id"].rank("dense").to_numpy().astype("int64")
    known = {*(words_in_force(home) or load_taxonomy().words()), *load_words(home)}
    return new_words(normalise_all(full_texts(posts)), accounts, Segmenter(known), least_accounts)


def _snippet(text: str, start: int, end: int) -> str:
    before, after = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return ("…" if before else "") + text[before:after] + ("…" if after < len(text) else "")

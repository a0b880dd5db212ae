"""Keyword research: from core words to extension words with heat, trend, specificity and readiness to buy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import polars as pl

from audience.errors import NotMinedError
from audience.index.build import user_words
from audience.index.opened import open_index
from audience.keywords.answers import Change, Keyword, KeywordAnswer, Mark, Origin, Share
from audience.keywords.numbers import UNKNOWN, factor_of, share_of, volumes
from audience.trends.demand import latest_demand
from lake.store import Lake
from nlp.keywords import Corpus, suggested
from privacy.brands import load_brands
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

MAX_CORES, MAX_DEPTH, MAX_LIMIT = 10, 3, 500
_WINDOW = timedelta(weeks=12)  # what people say is measured over it
_HALF = timedelta(weeks=4)  # the recent part of the window, against as long before
_SPAM = 0.5
_TOGETHER, _PLACES = 40, 20  # words that are offered for a core word
_LONGEST_CORE = 100
_BROAD = 0.2  # of a word's posts, at most so many are about the core word where it is over-broad
_QUALIFIED = 3  # words from which on a term counts as qualified


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A term that may be offered, and how it was found."""

    term: str
    core: str
    origin: Origin
    depth: int
    parent: str


def expand(
    home: Home,
    cores: Sequence[str],
    depth: int = 1,
    limit: int = 50,
    role: Role = Role.ANALYST,
    disclosure: Disclosure | None = None,
) -> KeywordAnswer:
    """Extension words of ``cores``: suggested by search boxes, said together, and with places and brands.

    Suggestions are those that were collected (``renqun crawl keywords``), up to ``depth`` steps away. What people say is
    measured over the last twelve weeks that were mined; without mining only suggestions are offered. Words that name a
    sensitive matter are never offered. Needs role analyst.

    Raises:
        BadInputError: no core word, too many, a sensitive one, or a depth or limit out of bounds.
    """
    require(role, Role.ANALYST)
    named = list(dict.fromkeys(" ".join(core.split()) for core in cores if core.strip()))
    if not 1 <= len(named) <= MAX_CORES:
        raise BadInputError(f"Give 1 to {MAX_CORES} core words.", "Such as: renqun keywords expand 露营")
    if long := next((core for core in named if len(core) > _LONGEST_CORE), None):
        raise BadInputError(
            f"A core word has {len(long):,} characters.", f"Words have {_LONGEST_CORE} at most."
        )
    if not 1 <= depth <= MAX_DEPTH or not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"depth is 1 to {MAX_DEPTH}, limit 1 to {MAX_LIMIT}.")
    for core in named:
        if (matter := sensitive_matter(core)) is not None:
            raise BadInputError(f"{core} names a sensitive matter ({matter}); no keywords are looked for.")
    return _Research(home, named, depth, disclosure or Disclosure.from_settings()).answer(limit)


class _Research:
    """One question over one lake."""

    def __init__(self, home: Home, cores: list[str], depth: int, disclosure: Disclosure) -> None:
        self._home, self._lake, self._cores, self._depth = home, Lake(home), cores, depth
        self._disclosure = disclosure
        self._warnings: list[str] = []
        self._words: dict[str, list[str]] = {}
        self._until = self._latest()
        self._corpus = self._read_posts()

    def answer(self, limit: int) -> KeywordAnswer:
        """The candidates, measured, marked and put in order."""
        found = {core: self._cut(core) for core in self._cores}
        core_posts = self._matches(found)
        candidates, sensitive = self._candidates(core_posts)
        keywords = sorted(self._measured(candidates, core_posts), key=_order)
        return KeywordAnswer(
            cores=self._cores,
            depth=self._depth,
            since=None if self._until is None else self._until - _WINDOW,
            until=self._until,
            k=self._disclosure.k,
            round_to=self._disclosure.round_to,
            keywords=keywords[:limit],
            sensitive=sensitive,
            warnings=self._warnings,
        )

    def _latest(self) -> datetime | None:
        """The last moment that posts or searches were collected of."""
        found = [latest_demand(self._lake)]
        if self._lake.exists("annotations"):
            found.append(self._lake.read("annotations", columns=["created_at"])["created_at"].max())  # type: ignore[arg-type]
        latest = max((at for at in found if at is not None), default=None)
        return None if latest is None else latest + timedelta(seconds=1)

    def _read_posts(self) -> Corpus | None:
        """The posts of the window with their words; None where nothing was mined."""
        if self._until is None or not self._lake.exists("annotations"):
            self._warnings.append("nothing was mined yet: words are not measured in posts (renqun mine)")
            return None
        within = (pl.col("created_at") >= self._until - _WINDOW) & (pl.col("created_at") < self._until)
        columns = ["account_id", "created_at", "words", "intent", "spam"]
        posts = self._lake.read("annotations", columns=columns, where=within)
        posts = posts.filter(pl.col("spam").fill_null(0) < _SPAM)
        persons = self._lake.read("profiles", columns=["account_id", "person_id"])
        posts = posts.join(persons, on="account_id", how="left")
        return Corpus(
            posts.select(
                pl.coalesce("person_id", "account_id").alias("person"),
                pl.col("created_at").alias("at"),
                "words",
                "intent",
            )
        )

    def _cut(self, term: str) -> list[str]:
        """A term's words, as the posts' words were cut."""
        if self._corpus is None:
            return []
        if term not in self._words:
            self._words[term] = [word for word in self._cutter(term) if word.strip()]
        return self._words[term]

    @cached_property
    def _cutter(self) -> Callable[[str], list[str]]:
        """How the index cuts text; where there is none, as mining does."""
        try:
            return open_index(self._home).cut
        except NotMinedError:
            from nlp.normalise import normalise
            from nlp.segment import Segmenter

            segmenter = Segmenter(user_words(self._home))
            return lambda text: segmenter.cut(normalise(text))

    def _matches(self, terms: dict[str, list[str]]) -> pl.DataFrame:
        if self._corpus is None:
            return pl.DataFrame(schema={"term": pl.String, "post": pl.UInt32})
        return self._corpus.matches(terms)

    def _candidates(self, core_posts: pl.DataFrame) -> tuple[list[_Candidate], int]:
        """Terms to measure, each once, and how many were left out since they name a sensitive matter."""
        related = self._related()
        found = {core: _Candidate(core, core, "core", 0, core) for core in self._cores}
        sensitive: set[str] = set()
        for core in self._cores:
            offers = [
                _Candidate(term, core, "suggested", step, parent)
                for term, (step, parent) in suggested(related, core, self._depth).items()
            ]
            if self._corpus is not None:
                posts = core_posts.filter(pl.col("term") == core)["post"]
                own = set(self._cut(core))
                offers += [
                    _Candidate(word, core, "said together", 1, core)
                    for word, _ in self._corpus.together(posts, self._disclosure.k, _TOGETHER)
                    if word not in own
                ]
            offers += [_Candidate(f"{place} {core}", core, "place", 1, core) for place in self._places()]
            offers += [
                _Candidate(f"{brand.name} {core}", core, "brand", 1, core)
                for brand in load_brands(self._home)
            ]
            for offer in offers:
                if sensitive_matter(offer.term) is not None:
                    sensitive.add(offer.term)
                else:
                    found.setdefault(offer.term, offer)
        return list(found.values()), len(sensitive)

    def _related(self) -> dict[str, list[str]]:
        """What was suggested for each term, the latest first."""
        if not self._lake.exists("keywords"):
            return {}
        rows = self._lake.read("keywords", columns=["term", "at", "related"])
        rows = rows.filter(pl.col("related").list.len() > 0).sort("at", descending=True)
        lists = rows.explode("related").group_by("term", maintain_order=True).agg("related")
        return {term: list(dict.fromkeys(related)) for term, related in lists.iter_rows()}

    def _places(self) -> list[str]:
        """Regions that at least k people say they live in, the largest first."""
        if not self._lake.exists("profiles"):
            return []
        regions = self._lake.read("profiles", columns=["person_id", "region"]).drop_nulls()
        counted = regions.group_by("region").agg(pl.col("person_id").n_unique().alias("people"))
        shown = counted.filter(pl.col("people") >= self._disclosure.k).sort(
            ["people", "region"], descending=[True, False]
        )
        return [str(region) for region in shown["region"].head(_PLACES)]

    def _measured(self, candidates: list[_Candidate], core_posts: pl.DataFrame) -> list[Keyword]:
        """Each candidate with its numbers; places and brands that nobody puts before the word are left out."""
        matches = self._matches({one.term: self._cut(one.term) for one in candidates})
        said = self._said(candidates, matches, core_posts)
        since = datetime.now(UTC) if self._until is None else self._until - _WINDOW
        searches = volumes(self._lake, [one.term for one in candidates], since)
        made = []
        for one in candidates:
            row, (volume, searched) = said.get(one.term, {}), searches.get(one.term, (None, UNKNOWN))
            if one.origin in ("place", "brand") and not row and volume is None:
                continue
            made.append(self._keyword(one, row, volume, searched))
        return made

    def _said(
        self, candidates: list[_Candidate], matches: pl.DataFrame, core_posts: pl.DataFrame
    ) -> dict[str, dict[str, int]]:
        """Counts by term, of those that at least k people wrote."""
        if self._corpus is None or self._until is None:
            return {}
        pairs = pl.DataFrame(
            [(one.term, one.core) for one in candidates], schema=["term", "core"], orient="row"
        ).cast(pl.String)
        about = pairs.join(core_posts.rename({"term": "core"}), on="core").select("term", "post")
        counted = self._corpus.measure(matches, about, self._until - _HALF, _HALF)
        counted = counted.filter(pl.col("people") >= self._disclosure.k)
        return {row["term"]: row for row in counted.to_dicts()}

    def _keyword(
        self, one: _Candidate, row: dict[str, int], volume: float | None, searched: Change
    ) -> Keyword:
        shown = self._disclosure.rounded
        posts = shown(row["posts"]) if row else None
        about = row and posts and one.origin != "core"
        specificity = share_of(shown(row["about"]), posts) if about else None
        mark, why = (None, "") if one.origin == "core" else self._mark(one, specificity, bool(row), volume)
        return Keyword(
            term=one.term,
            core=one.core,
            origin=one.origin,
            depth=one.depth,
            parent=one.parent,
            people=shown(row["people"]) if row else None,
            posts=posts,
            said=self._change(row) if row else UNKNOWN,
            volume=volume,
            searched=searched,
            specificity=specificity,
            intent=share_of(shown(row["intending"]), posts) if row and posts else None,
            mark=mark,
            why=why,
        )

    def _change(self, row: dict[str, int]) -> Change:
        """The factor between the halves, each against all who wrote; both halves must be of at least k people."""
        if self._corpus is None or self._until is None:
            return UNKNOWN
        recent, before = row["recent"], row["before"]
        if self._disclosure.hidden(recent) or self._disclosure.hidden(before):
            return UNKNOWN
        halves = self._corpus.people(self._until - _HALF, _HALF)
        return factor_of(self._disclosure.rounded(recent), self._disclosure.rounded(before), *halves)

    def _mark(
        self, one: _Candidate, specificity: Share | None, measured: bool, volume: float | None
    ) -> tuple[Mark | None, str]:
        """Whether a term brings too many other matters, or is so narrow that nobody says or searches it."""
        if specificity is not None and specificity.high < _BROAD:
            share = f"{specificity.value * 100:.0f}%"
            return "over-broad", f"only {share} of the posts with it are about {one.core}"
        words = len(self._cut(one.term)) or len(one.term.split())
        if words >= _QUALIFIED and not measured and not volume and self._corpus is not None:
            few = f"fewer than {self._disclosure.k} people wrote all of its {words} words in twelve weeks"
            return "over-qualified", f"{few}, and no searches of it are known"
        return None, ""


def _order(keyword: Keyword) -> tuple[bool, bool, int, float, int, str]:
    """Core words, then unmarked ones; then by people, searches and nearness."""
    return (
        keyword.origin != "core",
        keyword.mark is not None,
        -(keyword.people or 0),
        -(keyword.volume or 0.0),
        keyword.depth,
        keyword.term,
    )

"""Search demand: the daily index of terms, what search boxes suggest for them, how often encyclopedias are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from scrapy.http import Response

from crawlers.protocols.index_series import parse_index_series, parse_terms
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.protocols.pageviews import parse_pageviews, title_of
from crawlers.protocols.suggest import parse_suggest
from crawlers.spiders.base import LakeSpider
from lake.raw import RawRows
from privacy.errors import BadInputError

_SUGGEST: dict[str, Callable[[str], str]] = {
    "sugrec": lambda term: f"sugrec?{urlencode({'prod': 'pc', 'wd': term})}",
    "su": lambda term: f"su?{urlencode({'wd': term, 'cb': 'window.baidu.sug', 'ie': 'utf-8'})}",
    "google": lambda term: f"complete/search?{urlencode({'client': 'firefox', 'q': term, 'oe': 'utf-8'})}",
    "360": lambda term: f"suggest?{urlencode({'format': 'json', 'word': term})}",
}
_HOSTS = {
    "www.baidu.com": "sugrec",
    "suggestion.baidu.com": "su",
    "suggestqueries.google.com": "google",
    "sug.so.360.cn": "360",
    "wikimedia.org": "pageviews",
}
_INDEX, _PAGEVIEWS = "index", "pageviews"
_SHAPES = (_INDEX, *_SUGGEST, _PAGEVIEWS)
_DEEPEST = 3
_BACK = timedelta(days=90)


class KeywordsSpider(LakeSpider):
    """Parameters: ``terms`` (comma separated), ``shape`` (which endpoints the source has; told from its host where that
    is known), ``depth`` (2: also what is suggested for the suggestions), ``project`` (of pageviews: zh.wikipedia).

    The shape ``index`` has a daily search index and suggestions, and lists its terms where none are given.
    """

    name = "keywords"
    lists: ClassVar[frozenset[str]] = frozenset({"index", "pageviews"})
    parameters: ClassVar[frozenset[str]] = frozenset({"terms", "shape", "depth", "project"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._zone = self.zone()
        host = urlsplit(self.job.base_url).hostname or ""
        self._shape = self.options.get("shape", _HOSTS.get(host, _INDEX))
        if self._shape not in _SHAPES:
            raise BadInputError(f"shape={self._shape} is unknown.", f"Take one of {', '.join(_SHAPES)}.")
        depth = self.options.get("depth", "1")
        if depth not in map(str, range(1, _DEEPEST + 1)):
            raise BadInputError(f"depth={depth} is not a number from 1 to {_DEEPEST}.")
        self._yesterday = datetime.now(UTC) - timedelta(days=1)
        if self._shape == _PAGEVIEWS and self.job.since and self.job.since.date() > self._yesterday.date():
            raise BadInputError(
                f"Pageviews are told by whole days; the last one is {self._yesterday:%Y-%m-%d} (UTC).",
                "Take an earlier --since.",
            )
        self._project = self.options.get("project", "zh.wikipedia")
        kept = self.job.frontier.fact("project") or self._project
        if self._shape == _PAGEVIEWS and kept != self._project:
            raise BadInputError(
                f"{self.job.policy.source} holds the views of {kept}; those of {self._project} would take their place.",
                "Give them an entry of their own: renqun sources add NAME",
            )
        self._depth, self._terms = int(depth), self.several("terms")
        if not self._terms and self._shape != _INDEX:
            raise BadInputError(
                f"The shape {self._shape} lists no terms of its own.", "Give some: --terms A,B."
            )

    def first_asks(self) -> Iterator[Ask]:
        """The given terms, or the list of all where the source has one."""
        if self._terms:
            yield from self._of_terms(self._terms)
        else:
            yield Ask(f"{self.base}/index/terms", "terms", priority=10)

    def _of_terms(self, terms: list[str]) -> Iterator[Ask]:
        for term in terms:
            if self._shape == _PAGEVIEWS:
                yield Ask(self._pageviews(term), _PAGEVIEWS, {"term": term})
                continue
            if self._shape == _INDEX:
                yield Ask(f"{self.base}/index?{urlencode({'term': term})}", _INDEX)
            yield self._suggest(term, 1)

    def _suggest(self, term: str, depth: int) -> Ask:
        path = _SUGGEST["sugrec" if self._shape == _INDEX else self._shape](term)
        return Ask(f"{self.base}/{path}", "suggest", {"term": term, "depth": depth}, priority=-depth)

    def _pageviews(self, term: str) -> str:
        """Daily views of the article from ``since``, or three months back, to yesterday."""
        start = self.job.since or self._yesterday - _BACK
        days = f"{start:%Y%m%d}/{self._yesterday:%Y%m%d}"
        article = f"{self._project}/all-access/user/{title_of(term)}"
        return f"{self.base}/metrics/pageviews/per-article/{article}/daily/{days}"

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url, meta = response.body, response.url, ask.meta
        match ask.kind:
            case "terms":
                terms = parse_terms(body, url)
                return RawPage(RawRows(), list(self._of_terms(terms)), {"items": len(terms)})
            case "index":
                return parse_index_series(body, url, zone=self._zone, since=self.job.since)
            case "pageviews":
                page = parse_pageviews(body, url, term=str(meta["term"]))
                if page.rows.keywords:
                    self.job.frontier.note("project", self._project)
                return page
            case "suggest":
                kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
                page = parse_suggest(body, url, at=datetime.now(UTC), term=meta["term"], content_type=kind)
                if meta["depth"] < self._depth:
                    related = [term for row in page.rows.keywords for term in row["related"]]
                    page.next = [self._suggest(term, meta["depth"] + 1) for term in related]
                return page
        raise BadPage(f"an ask of unknown kind {ask.kind}")

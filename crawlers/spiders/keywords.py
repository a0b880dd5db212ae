"""Search demand: the daily index of terms, and what the search box suggests for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from scrapy.http import Response

from crawlers.protocols.index_series import parse_index_series, parse_terms
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.protocols.suggest import parse_suggest
from crawlers.spiders.base import LakeSpider
from lake.raw import RawRows


class KeywordsSpider(LakeSpider):
    """Parameter: ``terms`` (comma separated; without any, all terms that the source lists)."""

    name = "keywords"
    lists: ClassVar[frozenset[str]] = frozenset({"index"})
    parameters: ClassVar[frozenset[str]] = frozenset({"terms"})

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._zone = self.zone()

    def first_asks(self) -> Iterator[Ask]:
        """The given terms, or the list of all."""
        terms = self.several("terms")
        if terms:
            yield from self._both(terms)
        else:
            yield Ask(f"{self.base}/index/terms", "terms", priority=10)

    def _both(self, terms: list[str]) -> Iterator[Ask]:
        for term in terms:
            yield Ask(f"{self.base}/index?{urlencode({'term': term})}", "index")
            yield Ask(f"{self.base}/sugrec?{urlencode({'prod': 'pc', 'wd': term})}", "suggest")

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        body, url = response.body, response.url
        match ask.kind:
            case "terms":
                terms = parse_terms(body, url)
                return RawPage(RawRows(), list(self._both(terms)), {"items": len(terms)})
            case "index":
                return parse_index_series(body, url, zone=self._zone, since=self.job.since)
            case "suggest":
                return parse_suggest(body, url, at=datetime.now(UTC))
        raise BadPage(f"an ask of unknown kind {ask.kind}")

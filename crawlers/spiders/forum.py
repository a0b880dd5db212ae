"""HTML forums of any software, as a forum file describes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from crawlers.protocols.document import Document
from crawlers.protocols.forum_file import load_forum, shipped
from crawlers.protocols.forum_html import ForumPages
from crawlers.protocols.page import Ask, RawPage
from crawlers.spiders.forums import ForumSpider
from privacy.errors import BadInputError


class HtmlForumSpider(ForumSpider):
    """Parameters: those of all HTML forums, and ``selectors`` (a forum file, or the name of one that comes with renqun;
    without it, the one that the policy entry's kind names).
    """

    name = "forum"
    parameters: ClassVar[frozenset[str]] = ForumSpider.parameters | {"selectors"}

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        kind = self.job.policy.kind
        given = self.options.get("selectors") or (kind if kind in shipped() else "")
        if not given:
            raise BadInputError(
                f"No forum file says how to read {self.job.policy.source}.",
                f"Add --set selectors=FILE, or one of {', '.join(shipped())}.",
            )
        self._forum = load_forum(given)
        self.end = self._forum.end

    def first_asks(self) -> Iterator[Ask]:
        """The list of boards."""
        yield Ask(f"{self.base}/{self._forum.start.lstrip('/')}", "index", priority=10)

    def index(self, page: Document) -> RawPage:
        """Parse the list of boards."""
        return self._pages().index(page)

    def board(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a board."""
        return self._pages().board(page, meta)

    def topic(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a topic."""
        return self._pages().topic(page, meta)

    def profile(self, page: Document) -> RawPage:
        """Parse a person's page."""
        return self._pages().person(page)

    def page_of(self, url: str, number: int, size: int) -> str | None:
        """As the forum file makes it."""
        return self._pages().page_address(url, number, size)

    def _pages(self) -> ForumPages:
        return ForumPages(self._forum, self._zone, self.now(), self.job.since)

"""What spiders of HTML forums share: boards, then the topics in them that changed, then who wrote there."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from scrapy.http import Response

from crawlers.frontier import Leased
from crawlers.protocols.document import Document, load_document
from crawlers.protocols.fields import reject
from crawlers.protocols.page import Ask, BadPage, RawPage
from crawlers.spiders.base import LakeSpider

_REFUSALS = 3  # profiles refused in a row, after which a site is taken to show none to guests
_SIZE = "posts a page"


class ForumSpider(LakeSpider):
    """Parameters: ``boards`` (names or ids of the list of boards, comma separated; without any, all), ``profiles``
    (``no`` leaves the pages of people out).

    A topic is read again only where its last post or its number of replies changed, and then from the page on which the
    first new post stands. A subclass reads the four kinds of pages.
    """

    parameters: ClassVar[frozenset[str]] = frozenset({"boards", "profiles"})
    sure: ClassVar[bool] = True  # every page invites its guests to log in
    end = "</html>"  # what a whole page ends with

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._zone = self.zone()
        self._boards = set(self.several("boards"))
        self._profiles = self.options.get("profiles") != "no"
        self._refused = 0

    @abstractmethod
    def index(self, page: Document) -> RawPage:
        """Parse the list of boards."""

    @abstractmethod
    def board(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a board."""

    @abstractmethod
    def topic(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Parse a page of a topic."""

    @abstractmethod
    def profile(self, page: Document) -> RawPage:
        """Parse a person's page."""

    def page_of(self, url: str, number: int, size: int) -> str | None:
        """The address of a later page of a topic of ``size`` posts a page, where it can be told from the first's."""
        return None

    def names_of(self, ask: Ask) -> set[str]:
        """By what a user may choose the board of an ask."""
        return {str(ask.meta.get("board"))}

    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse by the kind of the ask."""
        kind = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        page = load_document(response.body, response.url, kind, self.end)
        match ask.kind:
            case "index":
                return self._chosen(self.index(page))
            case "board":
                return self.board(page, ask.meta)
            case "topic":
                return self.topic(page, ask.meta)
            case "profile":
                person = self.profile(page)
                self._refused = 0
                return person
        raise BadPage(f"an ask of unknown kind {ask.kind}")

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what follows: of topics only what is new, of profiles only where the site shows them."""
        if leased.ask.kind == "topic":
            self._note_size(page)
            self._pass_memory_on(leased, page)
            for post in page.rows.posts:
                self.job.saw(post["created_at"])
        for ask in page.next:
            if ask.kind == "topic" and leased.ask.kind == "board":
                self._skip_what_is_known(ask)
        others = [ask for ask in page.next if ask.kind != "profile"]
        self.job.frontier.put(page.next if self._shows_profiles(len(page.next) - len(others)) else others)
        yield self.item(leased, page)

    def _shows_profiles(self, wanted: int) -> bool:
        """Whether profiles are to be asked for; those that are not, since the site refuses them, are counted."""
        refuses = self._refused >= _REFUSALS
        if self._profiles and refuses and wanted:
            self.job.decide("profiles/not_asked", wanted)
        return self._profiles and not refuses

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Count the profiles that are refused: most forums show them to members only."""
        if leased.ask.kind == "profile" and reason is not None:
            self._refused += 1
        yield from ()

    def now(self) -> datetime:
        """When a page was read: what its relative times are relative to."""
        return datetime.now(UTC)

    def _chosen(self, page: RawPage) -> RawPage:
        """Keep the boards that were asked for."""
        if self._boards:
            missing = self._boards.difference(*(set(), *map(self.names_of, page.next)))
            page.next = [ask for ask in page.next if self.names_of(ask) & self._boards]
            for name in sorted(missing):
                reject(page.rows, "pages", f"the forum lists no board {name}", {"board": name})
        return page

    def _note_size(self, page: RawPage) -> None:
        """How many posts a page of a topic holds: as many as one that is followed by another."""
        if any(ask.kind == "topic" for ask in page.next):
            size = str(page.counts["items"])
            if self.job.frontier.fact(_SIZE) != size:
                self.job.frontier.note(_SIZE, size)

    def _pass_memory_on(self, leased: Leased, page: RawPage) -> None:
        """A topic counts as read when its last page is in."""
        for ask in page.next:
            if ask.kind == "topic":
                ask.remember, leased.ask.remember = leased.ask.remember, None

    def _skip_what_is_known(self, ask: Ask) -> None:
        """Begin a topic that was read before at the page of its first new post, unless it shows the newest first."""
        if ask.meta.get("reversed"):
            return
        before = self.job.frontier.remembered(ask.remember[0]) if ask.remember else None
        size = int(self.job.frontier.fact(_SIZE) or 0)
        replies = (before or "").rpartition("/")[2]
        if ask.remember and before != ask.remember[1] and size and replies.isdigit():
            number = (int(replies) + 1) // size + 1
            if number > 1 and (url := self.page_of(ask.url, number, size)):
                ask.url, ask.meta = url, ask.meta | {"skipped": True}

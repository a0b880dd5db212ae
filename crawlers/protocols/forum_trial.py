"""A forum file tried on one saved page: what it reads there, and which of its keys find nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from crawlers.protocols.document import load_document
from crawlers.protocols.forum_file import ForumFile
from crawlers.protocols.forum_html import ForumPages
from crawlers.protocols.page import BadPage, NoIndex, NotShown, RawPage
from privacy.errors import BadInputError

KINDS = ("index", "board", "topic", "person")


@dataclass(slots=True)
class Trial:
    """What was read as which kind of page; ``missed``: key -> in how many rows it found nothing."""

    kind: str
    page: RawPage
    missed: dict[str, int] = field(default_factory=dict)


def try_page(forum: ForumFile, body: bytes, url: str, zone: tzinfo, kind: str | None = None) -> Trial:
    """Read a page; its kind is guessed by what is found on it. Raises BadInputError where it can't be read."""
    told = kind is not None
    try:
        document = load_document(body, url, end=forum.end)
        pages = ForumPages(forum, zone, datetime.now(UTC))
        if kind is None:
            kind = _guess(forum, document.root)
        match kind:
            case "index":
                read = pages.index(document)
            case "board":
                read = pages.board(document, {})
            case "topic":
                read = pages.topic(document, {})
            case _:
                read = pages.person(document)
    except (BadPage, NotShown) as error:
        nothing = kind == "index" and not told and isinstance(error, BadPage)
        why = "nothing on it is found by [posts] row, [topics] row, [person] page or [boards] link"
        raise BadInputError(f"The page can't be read: {why if nothing else error.reason}.") from None
    except NoIndex as error:
        raise BadInputError(f"The page would not be kept: {error}.") from None
    return Trial(kind, read, pages.missed)


def _guess(forum: ForumFile, root: object) -> str:
    if forum.posts.row.nodes(root):
        return "topic"
    if forum.topics.row.nodes(root):
        return "board"
    return "person" if forum.person and forum.person.page.nodes(root) else "index"

"""The pages of an HTML forum, read as its forum file says: list of boards, board, topic, person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.document import Document
from crawlers.protocols.fields import as_count, drop_absent
from crawlers.protocols.forum_file import FACTS, ForumFile
from crawlers.protocols.html import PlainText, mark_quote, plain_of
from crawlers.protocols.page import Ask, BadPage, NotShown, RawPage, quoted
from crawlers.protocols.paging import next_page
from crawlers.protocols.selectors import Find
from crawlers.protocols.threads import Said, Topic, add_posts
from crawlers.protocols.times import read_time
from lake.raw import RawAccount, RawRows

_NUMBER = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<=\d)[,.\s](?=\d{3}\b)")


@dataclass(frozen=True, slots=True)
class ForumPages:
    """Reads the pages of one forum. ``zone`` is that of its times where they name none and the file names none."""

    forum: ForumFile
    zone: tzinfo
    now: datetime
    since: datetime | None = None
    missed: dict[str, int] = field(default_factory=dict)  # key -> how many rows it found nothing in

    def index(self, page: Document) -> RawPage:
        """Read the list of boards: one ask a board."""
        result = RawPage(RawRows(), list(self._boards(page)))
        if not result.next:
            self._say_why(page, "no board")
        result.counts = {"items": len(result.next), "empty": 0}
        return result

    def board(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Read a page of a board: one ask a topic, the boards below it, and the next page.

        Topics stand in the order of their last post; a page on which all but the pinned ones were quiet since ``since``
        is the last.
        """
        keys = self.forum.topics
        rows, boards = keys.row.nodes(page.root), list(self._boards(page))
        if not rows and not boards:
            self._say_why(page, "no topic")
        board = meta.get("board") or self._value("topics", "board", page.root)
        result = RawPage(RawRows(), boards, {"items": len(rows), "empty": int(not rows)})
        listed, recent = [], 0
        for row in rows:
            url, number = self._link(page, keys.link, row, keys.address, keys.drop)
            if url is None or number is None:
                self._miss("topics", "link")
                continue
            if keys.cut is not None and (cut := keys.cut.search(url)):
                url = cut[1]
            last = self._time(self._value("topics", "last", row))
            pinned = keys.pinned is not None and bool(keys.pinned.nodes(row))
            if not pinned:
                listed.append(number)
            if self.since is not None and last is not None and last < self.since:
                continue
            recent += not pinned
            replies = _count(self._value("topics", "replies", row))
            state = f"{last.isoformat() if last else ''}/{'' if replies is None else replies}"
            meta_of = drop_absent({"board": board, "topic": number})
            result.next.append(Ask(url, "topic", meta_of, remember=(f"topic:{number}", state)))
        onward = self._onward(page, keys.next, self.forum.boards.drop)
        if onward and (self.since is None or recent):
            following = Ask(onward, "board", priority=10)
            next_page(result, following, listed, meta, drop_absent({"board": board}), repeats=True)
        return result

    def topic(self, page: Document, meta: dict[str, Any]) -> RawPage:
        """Read a page of a topic: its posts, an ask for each author's page, and the next page."""
        keys = self.forum.posts
        rows = keys.row.nodes(page.root)
        if not rows:
            self._say_why(page, "no post")
        result = RawPage(RawRows(), counts={"items": len(rows), "empty": 0})
        number = meta.get("topic") or self._number(page.url) or ""
        topic = Topic(
            number,
            self._value("posts", "title", page.root),
            self._value("posts", "board", page.root) or meta.get("board"),
            list(keys.tags.values(page.root)) if keys.tags else [],
            starter=self._value("posts", "starter", page.root),
        )
        said = [one for row in rows if (one := self._post(page, row, result)) is not None]
        ids = [one or "" for one in (keys.id.value(row) for row in rows)]
        if not meta.get("first") and not meta.get("skipped") and ids[0]:
            meta = meta | {"first": ids[0]}
        carried = add_posts(result, topic, said, meta, self.since)
        result.next.extend(self._people(page, rows))
        onward = self._onward(page, keys.next, self.forum.topics.drop)
        if onward:
            following = Ask(onward, "topic", priority=3)
            next_page(result, following, ids, meta, carried | {"topic": number}, repeats=True)
        return result

    def person(self, page: Document) -> RawPage:
        """Read a person's page."""
        keys = self.forum.person
        assert keys is not None
        box = next(iter(keys.page.nodes(page.root)), None)
        if box is None:
            self._say_why(page, "no person")
        found = keys.address.search(page.url)
        if found is None or not found[1]:
            raise BadPage("the address of the person's page holds no id")
        facts = {name: self._value("person", name, page.root) for name in FACTS if getattr(keys, name)}
        if keys.label and keys.value:
            for label in keys.label.nodes(page.root):
                said = "".join(label.itertext()).strip().rstrip(":：").strip().lower()
                if said in keys.labels and (value := keys.value.value(label)):
                    facts.setdefault(keys.labels[said], value)
        row: RawAccount = {
            "native_id": found[1],
            "handle": self._value("person", "handle", page.root),
            "url": page.url,
            "kind": "person",
            "region": facts.get("region"),
            "gender": facts.get("gender"),
            "birthday": facts.get("birthday"),
            "education": facts.get("education"),
            "occupation": facts.get("occupation"),
            "bio": facts.get("bio"),
            "registered_at": self._time(facts.get("registered_at")),
            "last_active_at": self._time(facts.get("last_active_at")),
            "posts_count": _count(facts.get("posts_count")),
        }
        rows = RawRows()
        rows.accounts.append(drop_absent(row))
        return RawPage(rows, counts={"items": 1})

    def page_address(self, url: str, number: int, size: int) -> str | None:
        """The address of a later page of a topic, where the file tells how it is made."""
        form = self.forum.posts.page_address
        made = form.replace("{page}", str(number)).replace("{offset}", str((number - 1) * size))
        return made.replace("{url}", url) if form else None

    def _boards(self, page: Document) -> Iterator[Ask]:
        keys, seen = self.forum.boards, set()
        for link in keys.link.nodes(page.root):
            url, number = self._address(page.follow(link), keys.address, keys.drop)
            name = " ".join("".join(link.itertext()).split())
            if url and number and name and number not in seen:
                seen.add(number)
                yield Ask(url, "board", {"board": name}, priority=10)

    def _post(self, page: Document, row: etree._Element, result: RawPage) -> Said | None:
        """One post, or None (counted) where it has no account or shows no text."""
        keys = self.forum.posts
        number, author = self._value("posts", "id", row), self._value("posts", "author", row)
        text = next(iter(keys.text.nodes(row)), None)
        if text is None or author is None:
            self._miss("posts", "text" if text is None else "author")
            why = "posts/hidden" if text is None else "posts/anonymous"
            result.counts[why] = result.counts.get(why, 0) + 1
            return None
        said = Said(number, author, self._value("posts", "author_name", row), None, PlainText(""))
        said.at = self._time(self._value("posts", "time", row))
        said.likes = _count(self._value("posts", "likes", row))
        said.url = f"{page.url}#post-{number}" if number else page.url
        self._clean(text)
        said.mentioned = self._mentioned(text)
        said.plain = plain_of(text)
        return said

    def _clean(self, text: etree._Element) -> None:
        """Drop what the author did not write, and mark what is quoted."""
        keys = self.forum.posts
        for noise in keys.noise.nodes(text) if keys.noise else ():
            if noise is not text and noise.getparent() is not None:
                noise.drop_tree()
        for quote in keys.quote.nodes(text) if keys.quote else ():
            if quote is text or quote.getparent() is None:
                continue
            author = keys.quote_author.value(quote) if keys.quote_author else None
            post = keys.quote_post.value(quote) if keys.quote_post else None
            for noise in keys.quote_noise.nodes(quote) if keys.quote_noise else ():
                if noise is not quote and noise.getparent() is not None:
                    noise.drop_tree()
            mark_quote(quote, author, post)

    def _mentioned(self, text: etree._Element) -> dict[str, str]:
        """Those whom the post mentions by a link that tells their id: name -> id."""
        keys, found = self.forum.posts, {}
        for link in keys.mention.nodes(text) if keys.mention else ():
            name = "".join(link.itertext()).strip().removeprefix("@")
            account = keys.mention_id.value(link) if keys.mention_id else None
            if name and account:
                link.set("class", "mention")
                found[name] = account
        return found

    def _people(self, page: Document, rows: list[etree._Element]) -> Iterator[Ask]:
        """The pages of those who wrote here, each read once a month."""
        keys, seen = self.forum.person, set()
        if keys is None or self.forum.posts.person is None:
            return
        for row in rows:
            for link in self.forum.posts.person.nodes(row)[:1]:
                url, number = self._address(page.follow(link), keys.address, keys.drop)
                if url and number and number not in seen:
                    seen.add(number)
                    yield Ask(
                        url,
                        "profile",
                        {"uid": number},
                        priority=20,
                        remember=(f"profile:{number}", f"{self.now:%Y-%m}"),
                    )

    def _link(
        self, page: Document, find: Find, row: etree._Element, address: re.Pattern[str], drop: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        """The first link of a row that is of the wanted kind, and its id."""
        for link in find.nodes(row):
            url, number = self._address(page.follow(link), address, drop)
            if url and number:
                return url, number
        return None, None

    def _address(
        self, url: str | None, address: re.Pattern[str], drop: tuple[str, ...]
    ) -> tuple[str | None, str | None]:
        found = address.search(url) if url else None
        return (_without(url, drop), found[1]) if url and found else (None, None)

    def _onward(self, page: Document, find: Find | None, drop: tuple[str, ...]) -> str | None:
        link = next(iter(find.nodes(page.root)), None) if find else None
        url = page.follow(link)
        return _without(url, drop) if url else None

    def _number(self, url: str) -> str | None:
        found = self.forum.topics.address.search(url)
        return found[1] if found else None

    def _value(self, section: str, key: str, node: etree._Element) -> str | None:
        find: Find | None = getattr(getattr(self.forum, section), key)
        if find is None:
            return None
        value = find.value(node)
        if value is None:
            self._miss(section, key)
        return value

    def _miss(self, section: str, key: str) -> None:
        name = f"[{section}] {key}"
        self.missed[name] = self.missed.get(name, 0) + 1

    def _time(self, text: str | None) -> datetime | None:
        times = self.forum.time
        zone = ZoneInfo(times.zone) if times.zone else self.zone
        return read_time(text, zone, self.now, times.formats) if text else None

    def _say_why(self, page: Document, missing: str) -> NoReturn:
        """Raise what the page says instead of what it should show."""
        said = self.forum.message.value(page.root) if self.forum.message else None
        if not said:
            raise BadPage(f"the page shows {missing} where the forum file looks for it")
        gone = bool(self.forum.gone and re.search(self.forum.gone, said))
        raise NotShown(f"the forum says: {quoted(said)}", gone)


def _count(text: str | None) -> int | None:
    """A number in a text: ``1,234`` or ``1234 replies``."""
    found = _NUMBER.search(_THOUSANDS.sub("", text or ""))
    return as_count(found[0]) if found else None


def _without(url: str, drop: tuple[str, ...]) -> str:
    """An address without the parts that change though the page does not."""
    parts = urlsplit(url)
    if not drop or not parts.query:
        return url
    kept = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in drop]
    return urlunsplit(parts._replace(query=urlencode(kept)))

"""What all spiders share: from an answer to one batch item, and what becomes of answers that are no pages."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.challenges import challenge_in
from crawlers.conditional import is_unchanged, memory_key, version_of
from crawlers.frontier import Leased, Receipt
from crawlers.job_state import Job
from crawlers.protocols.fields import shown
from crawlers.protocols.page import Ask, BadPage, NoIndex, NotShown, RawPage, quoted
from crawlers.refusals import Blocked, Forbidden, Interrupted
from crawlers.settings import DOWNLOAD_MAXSIZE
from crawlers.terms import words_of
from lake.raw import RawReject, RawRows
from privacy.errors import BadInputError, RenqunError

TOO_MANY = 429
_BLOCKED = frozenset({401, 402, 403, TOO_MANY, 451})
_GONE = frozenset({404, 410})
_TRIES = 3  # of a page whose body is broken
_LOOK_SECONDS, _SETTLE_SECONDS = 0.25, 1.0
_FAULT = "renqun fails on this page ({}): a fault of renqun's, not of the source; please report it"


@dataclass(slots=True)
class PageItem:
    """One page's rows, and the receipt that closes its ask once they are committed."""

    rows: RawRows
    receipt: Receipt
    counts: dict[str, int] = field(default_factory=dict)


class LakeSpider(Spider, ABC):
    """A spider whose requests come from the frontier and whose items are whole pages.

    A subclass gives ``first_asks`` and ``read``; the rest is the same for every source.
    """

    parameters: ClassVar[frozenset[str]] = frozenset()  # names of own parameters, beside the common ones
    token_variable: ClassVar[str] = ""  # the environment variable of its access token, where it needs one
    token_scheme: ClassVar[str] = "Bearer"
    lists: ClassVar[frozenset[str]] = frozenset()  # kinds of asks whose unchanged answer leads to nothing new
    sure: ClassVar[bool] = (
        False  # whether a page is known by its parts, so that one without rows is no check for humans
    )

    looked_at: ClassVar[frozenset[str]] = frozenset()  # kinds whose noindex the spider itself heeds

    def __init__(self, job: Job, **parameters: str) -> None:
        super().__init__(name=type(self).name)
        self.job = job
        self.options = parameters

    def several(self, name: str) -> list[str]:
        """The values of an own parameter that may hold several."""
        return words_of(self.options.get(name, ""))

    @property
    def base(self) -> str:
        """The source's base address without a slash at its end."""
        return self.job.base_url.rstrip("/")

    def zone(self) -> ZoneInfo:
        """The policy's time zone, in which times without one are read. Raises BadInputError where it is unknown."""
        try:
            return ZoneInfo(self.job.policy.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadInputError(
                f"The time zone {self.job.policy.timezone!r} of the policy is unknown."
            ) from None

    @abstractmethod
    def first_asks(self) -> Iterator[Ask]:
        """The asks that a new generation starts with."""

    @abstractmethod
    def read(self, ask: Ask, response: Response) -> RawPage:
        """Parse an answer; raises BadPage, NotShown, and NoIndex where the page asks not to be kept."""

    def settle(self) -> Iterator[Any]:
        """Hook: items that waited for what another worker of a shared frontier has read meanwhile."""
        yield from ()

    async def start(self) -> AsyncIterator[Any]:
        """Fill the frontier; one that is under way knows its first asks already. Requests come from the scheduler.

        Where others work on the same frontier, wait for what their pages lead to.
        """
        job = self.job
        job.frontier.put(self.first_asks())
        settled = time.monotonic()
        while job.frontier.shared and not job.must_stop() and (job.frontier.pending() or self._busy()):
            await asyncio.sleep(_LOOK_SECONDS)
            if time.monotonic() - settled >= _SETTLE_SECONDS:
                settled = time.monotonic()
                for item in self.settle():
                    yield item
            leased = job.next_ask() if job.waiting else None
            if leased is not None:
                yield self.request(leased)

    def request(self, leased: Leased) -> Request:
        """The request that a leased ask stands for."""
        return Request(
            leased.ask.url,
            callback=self.on_page,
            errback=self.on_failure,
            meta={"leased": leased, "tries": 0, "looked_at": leased.ask.kind in self.looked_at},
            dont_filter=True,
        )

    def _busy(self) -> bool:
        engine = self.crawler.engine
        return engine is not None and bool(engine.downloader.active)

    def on_page(self, response: Response) -> Iterator[Any]:
        """Turn an answer into one item."""
        leased: Leased = response.meta["leased"]
        if is_unchanged(response):
            self.job.succeeded()
            self.job.frontier.unchanged += 1
            yield PageItem(RawRows(), Receipt(leased.id))
            return
        if response.status != 200:
            yield from self.on_status(leased, response)
            return
        try:
            page = self.read(leased.ask, response)
        except NotShown as said:
            yield from self._gone(leased) if said.gone else self._blocked(leased, said.reason)
            return
        except NoIndex as asks:
            self.job.refused(str(asks), "optout/noindex")
            yield from self._close(leased, str(asks))
            return
        except BadPage as bad:
            if check := challenge_in(response):
                yield from self._on_check(leased, Blocked(check))
            else:
                yield from self._on_bad_page(leased, response, bad.reason)
            return
        except RenqunError:
            raise
        except (
            Exception
        ) as fault:  # ours: without this the page would be asked for at every crawl, in silence
            self.logger.exception("the page could not be read")
            yield from self._fail(leased, _FAULT.format(type(fault).__name__), response.body)
            return
        nothing = not (self.sure or page.next or len(page.rows))
        if nothing and (check := challenge_in(response)):
            yield from self._on_check(leased, Blocked(check))
            return
        self.job.succeeded()
        self.job.counts["fetched"] += 1
        version = version_of(response) if leased.ask.kind in self.lists else None
        leased.version = None if version is None else (memory_key(leased.ask.url), version)
        yield from self.on_read(leased, page)

    def on_read(self, leased: Leased, page: RawPage) -> Iterator[Any]:
        """Queue what the page leads to and give its rows on."""
        self.job.frontier.put(page.next)
        yield self.item(leased, page)

    def item(self, leased: Leased, page: RawPage, remember: bool = True) -> PageItem:
        """The page as an item; ``remember`` keeps the ask's memory when the rows are committed.

        What the parser refused is kept with its page, which can be asked for again.
        """
        for refused in page.rows.rejects:
            if isinstance(refused["row"], dict) and "meta" not in refused["row"]:
                refused["row"]["page"] = {**asdict(replace(leased.ask, remember=None)), "spider": self.name}
        kept = (leased.ask.remember if remember else None, leased.version)
        return PageItem(page.rows, Receipt(leased.id, None, tuple(filter(None, kept))), page.counts)

    def closing(self, leased: Leased, reason: str | None) -> PageItem:
        """The item that closes an ask without a page; ``reason`` is None where the source has no such page."""
        return PageItem(RawRows(), Receipt(leased.id, reason))

    def gave_up(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Hook: an ask was closed without a page, for the reason that ``closing`` was given."""
        yield from ()

    def on_status(self, leased: Leased, response: Response) -> Iterator[Any]:
        """Answers other than 200: refused by the server, gone, or failed."""
        status = response.status
        if status in _BLOCKED:
            yield from self._blocked(leased, f"the source answered {status}", ours=status == TOO_MANY)
        elif status in _GONE:
            yield from self._gone(leased)
        else:
            yield from self._fail(leased, f"the source answered {status}", response.body)

    def on_failure(self, failure: Failure) -> Iterator[Any]:
        """No answer: forbidden by robots or policy, or the connection failed for good.

        Where something failed on our side (a shared frontier that is gone), or the crawl is to end, the ask stays open.
        """
        leased: Leased = failure.request.meta["leased"]  # type: ignore[attr-defined]
        error: BaseException = failure.value  # type: ignore[assignment]
        if isinstance(error, Forbidden):
            self.job.refused(str(error), error.decision)
            yield from self._close(leased, str(error))
        elif isinstance(error, Blocked):
            yield from self._on_check(leased, error)
        elif isinstance(error, RenqunError):
            self.job.broke(error)
        elif isinstance(error, Interrupted):
            return
        else:
            yield from self._fail(leased, plain_reason(error), b"")

    def _on_check(self, leased: Leased, block: Blocked) -> Iterator[Any]:
        """A check for humans or a log-in page came in place of the page: never an empty page."""
        self.job.decide(block.decision)
        yield from self._blocked(leased, str(block), ours=True)

    def _on_bad_page(self, leased: Leased, response: Response, reason: str) -> Iterator[Any]:
        """A broken body may be whole the next time; after a few tries it is kept as refused."""
        request = response.request
        assert request is not None
        tries = int(request.meta.get("bodies", 0)) + 1
        if tries < _TRIES and not self.job.stop_reason:
            self.job.counts["retried"] += 1
            again: Request = request.replace(meta={**request.meta, "bodies": tries}, dont_filter=True)
            yield again
        else:
            if "cut off" in reason:
                self.job.counts["truncated"] += 1
            yield from self._fail(leased, reason, response.body)

    def _blocked(self, leased: Leased, reason: str, ours: bool = False) -> Iterator[Any]:
        """The source refuses this page; ``ours`` where it refuses whoever asks as we do."""
        self.job.blocked(reason, ours)
        yield from self._close(leased, reason)

    def _gone(self, leased: Leased) -> Iterator[Any]:
        """The source has no such page."""
        self.job.counts["empty"] += 1
        self.job.succeeded()
        yield from self._close(leased, None)

    def _close(self, leased: Leased, reason: str | None) -> Iterator[Any]:
        """Close an ask that gave no rows."""
        yield self.closing(leased, reason)
        yield from self.gave_up(leased, reason)

    def _fail(self, leased: Leased, reason: str, body: bytes) -> Iterator[Any]:
        """Keep a failed page with its reason and close its ask."""
        self.job.failed(reason)
        rows = RawRows()
        rows.rejects.append(refused_page(leased.ask, reason, body))
        yield PageItem(rows, Receipt(leased.id, reason))
        yield from self.gave_up(leased, reason)


def refused_page(ask: Ask, reason: str, body: bytes) -> RawReject:
    """A page that could not be read, as the rejects keep it: what was asked, and what came."""
    return {"table": "pages", "reason": reason, "row": {**asdict(ask), "body": shown(body)}}


def plain_reason(error: BaseException) -> str:
    """A download error in plain words, without addresses: they may name people, and reasons are shown to all."""
    name, text = type(error).__name__, str(error)
    known = {
        "ResponseDataLossError": "the body was cut off",
        "ResponseFailed": "the connection broke while the answer came",
        "ResponseNeverReceived": "the connection closed without an answer",
        "ConnectionRefusedError": "the connection was refused",
        "DownloadConnectionRefusedError": "the connection was refused",
        "TimeoutError": "no answer in time",
        "DownloadTimeoutError": "no answer in time",
        "CannotResolveHostError": "the host name is unknown",
        "DownloadFailedError": "the download failed",
        "DownloadCancelledError": f"the answer is larger than {DOWNLOAD_MAXSIZE >> 20} MB",
    }
    if "redirect" in text.lower():
        return "redirected too many times"
    first = quoted(text.strip().splitlines()[0], 200) if text.strip() else ""
    return known.get(name) or (f"{name}: {first}" if first else name)

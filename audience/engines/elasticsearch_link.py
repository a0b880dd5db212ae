"""The official async client on an event loop thread of its own: callers stay plain functions, in any thread."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import lru_cache
from typing import Any, TypeVar

from elastic_transport import TlsError
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    AuthenticationException,
    AuthorizationException,
    NotFoundError,
    OrjsonSerializer,
    TransportError,
    UnsupportedProductError,
)

from audience.engines.elasticsearch_pulse import HURRY, Pulse
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.errors import NotMinedError
from privacy.errors import RenqunError, UnavailableError

# Statuses that pass: too busy, behind a proxy that lost it, starting.
PASSING = (429, 502, 503, 504)
# Seconds for one answer of a server that lives; whether it does is watched meanwhile.
_LONGEST = 300
_RETRIES = 2
_T = TypeVar("_T")


class UnreachableError(UnavailableError):
    """Elasticsearch does not answer, or not yet: asking again later may do."""


class Link:
    """One client; :meth:`call` runs its coroutines and raises our errors in place of the client's."""

    def __init__(self, settings: ElasticsearchSettings) -> None:
        self.settings = settings
        self.client = _client(settings)
        self._beside = _client(settings)
        self.pulse = Pulse(self._beside)
        self._closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="elasticsearch", daemon=True)
        self._thread.start()
        atexit.register(self._close)

    def start(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Begin; :meth:`wait` for it later."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def ask(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Begin, and give up as soon as the server gives no sign of life."""
        return self.start(self.pulse.watch(work))

    def wait(self, begun: Future[_T]) -> _T:
        """The result. Raises UnreachableError, NotMinedError (no such index) or UnavailableError."""
        try:
            return begun.result()
        except (TransportError, ApiError) as error:
            raise told(error, self.settings.url) from error
        except BaseException:
            begun.cancel()
            raise

    def call(self, work: Coroutine[Any, Any, _T]) -> _T:
        """What a coroutine of the client gives, asked as :meth:`ask` does. Raises as :meth:`wait` does."""
        return self.wait(self.ask(work))

    def leave(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin what nobody waits for, from any thread; when the process ends it has a moment left."""
        if self._closed:
            work.close()
        else:
            self.ask(work)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def _close(self) -> None:
        self._closed = True
        self.start(self._end()).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _end(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=HURRY)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.client.close()
        await self._beside.close()


def _client(settings: ElasticsearchSettings) -> AsyncElasticsearch:
    trust: dict[str, Any] = {"ca_certs": str(settings.ca)} if settings.ca else {}
    return AsyncElasticsearch(
        settings.url,
        api_key=settings.api_key,
        basic_auth=settings.basic_auth,
        request_timeout=_LONGEST,
        max_retries=_RETRIES,
        retry_on_status=PASSING,
        serializer=OrjsonSerializer(),
        **trust,
    )


@lru_cache(maxsize=4)
def link_to(settings: ElasticsearchSettings) -> Link:
    """The link of these settings, one a process."""
    return Link(settings)


def told(error: TransportError | ApiError, url: str) -> RenqunError:
    """What the client raised, for people."""
    return _told_of_answer(error, url) if isinstance(error, ApiError) else _told_of_way(error, url)


def _told_of_way(error: TransportError, url: str) -> RenqunError:
    """Nothing came back that could be read."""
    if not isinstance(error, TlsError):
        return UnreachableError(
            f"Elasticsearch at {url} does not answer",
            "see that it runs and that RENQUN_ES_URL is right; then ask again",
        )
    if "certificate" in str(error).lower():
        return UnavailableError(
            f"the certificate of Elasticsearch at {url} is not trusted",
            "set RENQUN_ES_CA to the PEM file of the authority that signed it",
        )
    return UnavailableError(
        f"what answers at {url} does not speak TLS",
        "write http:// in RENQUN_ES_URL, or set up https on the server",
    )


def _told_of_answer(error: ApiError, url: str) -> RenqunError:
    if "cluster_block_exception" in str(error.body):
        return UnavailableError(
            f"Elasticsearch at {url} takes nothing in: {_reason(error)}",
            "free some space on its disk, or lift the block that was set on it",
        )
    if isinstance(error, AuthenticationException | AuthorizationException):
        return UnavailableError(
            f"Elasticsearch at {url} refuses this login ({error.status_code})",
            "set RENQUN_ES_API_KEY, or RENQUN_ES_USER and RENQUN_ES_PASSWORD; docs/elasticsearch.md lists the rights",
        )
    if error.status_code in PASSING:
        return UnreachableError(
            f"Elasticsearch at {url} is not ready ({error.status_code})", "wait a little and ask again"
        )
    if isinstance(error, UnsupportedProductError) or isinstance(error.body, str):  # its own answers are JSON
        return UnavailableError(f"what answers at {url} is not Elasticsearch", "check RENQUN_ES_URL")
    if isinstance(error, NotFoundError) and "search_context_missing" in str(error.body):
        return UnreachableError(f"Elasticsearch at {url} was started again meanwhile", "ask again")
    if isinstance(error, NotFoundError):
        return NotMinedError("the search index is gone from Elasticsearch")
    return UnavailableError(
        f"Elasticsearch answered {error.status_code}: {_reason(error)}", "its log may say why"
    )


def is_passing(error: Exception) -> bool:
    """Whether the same request may be answered later."""
    if isinstance(error, ApiError):
        return error.status_code in PASSING
    return isinstance(error, TransportError) and not isinstance(error, TlsError)


def _reason(error: ApiError) -> str:
    body = error.body
    cause = body.get("error") if isinstance(body, dict) else None
    roots = cause.get("root_cause") if isinstance(cause, dict) else None
    reason = roots[0].get("reason") if roots else error.message
    return " ".join(str(reason).split())[:200]

"""A source's access token: from the environment to one header of one host, and nowhere else."""

from __future__ import annotations

import os
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.refusals import Forbidden
from crawlers.robots_store import origin_of
from privacy.errors import BadInputError
from privacy.hosts import is_loopback

_HIDDEN = b"[token]"


class TokenMiddleware:
    """Adds ``Authorization`` to requests of a spider that names a variable for its token in ``token_variable``.

    The token is read here and kept by nobody else: it is no parameter, no part of an address, and it is taken out of
    bodies that repeat it, before they could be kept as refused. Requests to other hosts, redirects among them, and
    those for robots.txt go without it.
    """

    def __init__(self, token: str, scheme: str, host: str) -> None:
        self._token, self._scheme, self._host = token, scheme, host

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the spider's token. Raises BadInputError where it is needed and absent, or would travel in the clear."""
        spider = crawler.spider
        variable: str = spider.token_variable  # type: ignore[union-attr]
        if not variable:
            return cls("", "", "")
        base: str = spider.job.base_url  # type: ignore[union-attr]
        return cls(read_token(variable, base), spider.token_scheme, origin_of(base))  # type: ignore[union-attr]

    def process_request(self, request: Request) -> None:
        """Show the token to its own host, and to it alone."""
        if not self._token:
            return
        if self._token in request.url:
            raise Forbidden("the address holds the token")
        request.headers.pop(b"Authorization", None)
        if origin_of(request.url) == self._host and not request.meta.get("robots"):
            request.headers[b"Authorization"] = f"{self._scheme} {self._token}"

    def process_response(self, request: Request, response: Response) -> Response:
        """Take the token out of an answer that repeats it."""
        token = self._token.encode()
        if token and token in response.body:
            return response.replace(body=response.body.replace(token, _HIDDEN))
        return response


def read_token(variable: str, base_url: str) -> str:
    """The token in an environment variable, for a source that is reached safely. Raises BadInputError."""
    token = os.environ.get(variable, "").strip()
    if not token:
        raise BadInputError(f"{variable} holds no access token.", f"export {variable}=… and run it again.")
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise BadInputError(f"{variable} holds characters that no access token has.")
    if urlsplit(base_url).scheme != "https" and not is_loopback(urlsplit(base_url).hostname or ""):
        raise BadInputError(f"A token is not sent over plain http to {base_url}.", "Take its https address.")
    return token

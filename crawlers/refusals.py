"""Why a request or an answer is given up: we may not ask, the source does not let us, or the crawl is to end."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class Forbidden(IgnoreRequest):
    """robots.txt, the policy or a noindex header says no; the text says which, ``decision`` how it is counted."""

    def __init__(self, reason: str, decision: str = "policy/forbidden") -> None:
        super().__init__(reason)
        self.decision = decision


class Interrupted(IgnoreRequest):
    """The crawl is to end while the request waits for its turn: the next crawl asks for it."""


class Blocked(IgnoreRequest):
    """The source sent a check for humans or a log-in page in place of what was asked; the text names it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the source answered with {name}")
        self.decision = "blocked/challenge"

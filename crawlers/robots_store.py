"""The answers for robots.txt, kept in the home with their time: crawls are processes, and the rules hold for a day."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from crawlers.robots_rules import MAX_BYTES, Rules, read_rules
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import write_text

FRESH = timedelta(hours=24)  # RFC 9309, 2.4


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What ``origin`` (scheme, host and port) answered for its robots.txt; ``failure`` says why there was no answer."""

    origin: str
    status: int = 0
    content_type: str = ""
    body: bytes = b""
    failure: str = ""
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def rules(self, agent: str) -> Rules:
        """What it allows ``agent``."""
        if self.failure:
            return Rules(unreadable=f"could not be read ({self.failure})")
        return read_rules(self.status, self.body, self.content_type, agent)

    def is_fresh(self) -> bool:
        """Whether it was asked for within a day."""
        return datetime.now(UTC) - self.asked_at < FRESH

    def may_stand(self, agent: str) -> bool:
        """Whether a new crawl may go by it without asking again: for a day, and only where it could be read.

        What could not be read forbids everything until it is asked for again.
        """
        return self.is_fresh() and not self.rules(agent).unreadable


def keep(home: Home, answer: RobotsAnswer) -> None:
    """Keep the latest answer of its origin."""
    kept = asdict(answer) | {
        "asked_at": answer.asked_at.isoformat(),
        "body": answer.body[: MAX_BYTES + 1].decode("latin-1"),
    }
    path = _path(home, answer.origin)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(home, path, json.dumps(kept))


def kept(home: Home, origin: str) -> RobotsAnswer | None:
    """The latest answer of ``origin``, however old, or None where it was never asked for or cannot be read back."""
    try:
        said = json.loads(_path(home, origin).read_text("utf-8"))
        said["asked_at"] = datetime.fromisoformat(said["asked_at"])
        said["body"] = said["body"].encode("latin-1")
        return RobotsAnswer(**said)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address. Raises BadInputError where it has none."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc:
        raise BadInputError(f"{url} is no address of a host.")
    return f"{parts.scheme}://{parts.netloc}"


def _path(home: Home, origin: str) -> Path:
    return home.robots / f"{quote(origin, safe='')}.json"

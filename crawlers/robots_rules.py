"""What a robots.txt allows, by RFC 9309: the answer for it, the group that is ours, the rules of that group.

=================================================  ==========================================
the answer for ``/robots.txt``                     what it means here
=================================================  ==========================================
200, a text                                        its rules; the first 500 KiB of it
200, an HTML page                                  not a permission: everything is disallowed
401, 403, 404, 410 and other 4xx                   no rules (RFC 9309, 2.3.1.3)
429, 5xx, no answer, a timeout, a broken body      everything is disallowed (RFC 9309, 2.3.1.4)
more than five redirects, or to another host       everything is disallowed
=================================================  ==========================================

Protego matches addresses against rules. Which lines are rules, and whose, is read here, since Protego differs from the
RFC and from Google's parser: it takes a product token that only begins ours (``User-agent: ren``) for ours, it does not
take ``User-agent: renqun 1.0`` or ``renqun/1.0`` for it, it lets lines that are no rules end a group's list of agents,
and it cannot tell paths that are not UTF-8 (GBK, often). Where the RFC (2.2.2) decodes ``%62`` before it compares and
Google's parser does not, both readings must allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

MAX_BYTES = 500 * 1024
_MAX_LINE = 8 * 2083 - 1  # bytes of a line that count, as in Google's parser: eight times the longest address
_DIRECTIVES = {
    "user-agent": "agent", "useragent": "agent", "user agent": "agent", "allow": "allow", "disallow": "disallow",
    "dissallow": "disallow", "dissalow": "disallow", "disalow": "disallow", "diasllow": "disallow",
    "disallaw": "disallow", "crawl-delay": "delay", "crawldelay": "delay", "crawl delay": "delay",
}  # fmt: skip
_WITHOUT_COLON = re.compile(rb"([A-Za-z-]+)[ \t]+(\S+)")
_TOKEN = re.compile(r"[A-Za-z_-]+")
_NOT_PLAIN = re.compile(rb"[^\x21-\x7e]")
_NEEDLESS = re.compile(
    r"%(?=2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])", re.IGNORECASE
)  # of a letter, say
_SHOWN = re.compile(r"/(?:[A-Za-z][A-Za-z_.-]*/|[a-z]+\.(?:json|php)$|$)")
_ANYONE = "*"


@dataclass(slots=True)
class Rules:
    """What one host allows one agent. ``unreadable`` says why nothing is allowed where there are no rules to quote."""

    parser: Protego | None = None
    literal: Protego | None = None  # the same rules, where characters that need no encoding are kept encoded
    unreadable: str = ""
    crawl_delay: float = 0.0  # seconds between two requests

    def why_not(self, url: str) -> str | None:
        """Why ``url`` (percent-encoded) may not be fetched, or None where it may."""
        parts = urlsplit(url)
        if self.unreadable:
            return f"robots.txt of {parts.netloc} {self.unreadable}, so nothing may be fetched"
        if not (_allows(self.parser, url) and _allows(self.literal, _NEEDLESS.sub("%25", url))):
            return f"robots.txt of {parts.netloc} disallows {_place(parts.path)}"
        return None


def read_rules(status: int, body: bytes, content_type: str, agent: str) -> Rules:
    """The rules that one final answer stands for (see the table above)."""
    if status == 429 or status >= 500:
        return Rules(unreadable=f"answered {status}")
    if 400 <= status < 500:
        return Rules()
    if not 200 <= status < 300:
        return Rules(unreadable=f"answered {status}")
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:256].lower()
    if start.startswith((b"<!doctype", b"<html")) or ("html" in content_type and start.startswith(b"<")):
        return Rules(unreadable="is an HTML page")
    if len(body) > MAX_BYTES:
        body = body[: body.rfind(b"\n", 0, MAX_BYTES) + 1] or body[:MAX_BYTES]
    rules, delay = rules_of(body, agent)
    kept = _NEEDLESS.sub("%25", rules)
    return Rules(Protego.parse(rules), None if kept == rules else Protego.parse(kept), crawl_delay=delay)


def _place(path: str) -> str:
    """The first folder of a path, or the program at its top: what else stands there may name a person, and the reason
    is shown to all."""
    shown = _SHOWN.match(path)
    if shown is None:
        return "/…"
    return shown[0] if shown[0] == path else f"{shown[0]}…"


def _allows(parser: Protego | None, url: str) -> bool:
    return parser is None or parser.can_fetch(url, _ANYONE)


def rules_of(body: bytes, agent: str) -> tuple[str, float]:
    """The rules that bind ``agent``, as a robots.txt of one group for all, and the largest ``Crawl-delay`` among them.

    A group is one or more user-agent lines and the allow and disallow lines behind them; other lines do not end it.
    Groups that name the agent's product token (in any case) count together; where there is none, those for ``*``.
    """
    groups: dict[str, list[str]] = {}
    delays: dict[str, float] = {}
    named: list[str] = []
    rules_began = False
    for field, value in _lines(body):
        if field == "agent":
            if rules_began:
                named, rules_began = [], False
            named.append(_product(value))
        elif field == "delay":
            for name in named:
                delays[name] = max(delays.get(name, 0.0), _seconds(value))
        else:
            rules_began = True
            for name in named:
                groups.setdefault(name, []).append(f"{field}: {value}")
        for name in named:
            groups.setdefault(name, [])
    mine = agent.lower() if agent.lower() in groups else _ANYONE
    return "\n".join([f"user-agent: {_ANYONE}", *groups.get(mine, ())]), delays.get(mine, 0.0)


def _lines(body: bytes) -> list[tuple[str, str]]:
    """The directives that matter and their values, percent-encoded; a colon that was left out is read as meant."""
    found = []
    for line in re.split(rb"\r\n|\r|\n", re.sub(rb"^\xef(\xbb\xbf?)?", b"", body)):
        line = line[:_MAX_LINE].partition(b"#")[0].strip()
        name, colon, value = line.partition(b":")
        if not colon:
            bare = _WITHOUT_COLON.fullmatch(line)
            if bare is None:
                continue
            name, value = bare[1], bare[2]
        field = _DIRECTIVES.get(name.decode("latin-1").strip().lower())
        if field == "agent":
            found.append((field, value.decode("latin-1").strip()))
        elif field is not None:
            found.append((field, _NOT_PLAIN.sub(lambda byte: b"%%%02X" % byte[0][0], value.strip()).decode()))
    return found


def _product(value: str) -> str:
    """The product token of a user-agent line, lower case: what follows it (a version, a comment) does not count."""
    if value == _ANYONE or value.startswith(("* ", "*\t")):
        return _ANYONE
    token = _TOKEN.match(value)
    return token[0].lower() if token else ""


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if 0 < seconds < float("inf") else 0.0

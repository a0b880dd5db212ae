"""Addresses of a Discuz! site in both of its styles: rewritten (``thread-12-1-1.html``) and dynamic (``forum.php?…``)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

_BOARD = re.compile(r"forum-([A-Za-z]?\w*)-(\d{1,6})\.html$")
_TOPIC = re.compile(r"thread-(\d+)-(\d{1,6})-\d{1,6}\.html$")
_PERSON = re.compile(r"space-uid-(\d+)\.html$")


def board_of(url: str) -> tuple[str, int] | None:
    """Id (or alias) and page of the board that an address shows."""
    return _of(url, _BOARD, "forumdisplay", "fid")


def topic_of(url: str) -> tuple[str, int] | None:
    """Id and page of the topic that an address shows."""
    return _of(url, _TOPIC, "viewthread", "tid")


def person_of(url: str | None) -> str | None:
    """The uid of the person whose page an address is."""
    if not url:
        return None
    path, asked = _parts(url)
    found = _PERSON.search(path)
    if found:
        return found[1]
    uid = asked.get("uid", "")
    return uid if path.endswith("home.php") and asked.get("mod") == "space" and _is_id(uid) else None


def post_of(url: str | None) -> str | None:
    """The post that a ``findpost`` address leads to."""
    asked = _parts(url)[1] if url else {}
    pid = asked.get("pid", "")
    return pid if asked.get("goto") == "findpost" and _is_id(pid) else None


def board_url(url: str, page: int = 1) -> str:
    """The address of a board's page, in the style of one that was found."""
    number, _ = board_of(url) or ("", 1)
    return _made(url, f"forum-{number}-{page}.html", "forumdisplay", "fid", number, page)


def topic_url(url: str, page: int = 1) -> str:
    """The address of a topic's page, in the style of one that was found; the same whichever list led to it."""
    number, _ = topic_of(url) or ("", 1)
    return _made(url, f"thread-{number}-{page}-1.html", "viewthread", "tid", number, page)


def person_url(url: str) -> str:
    """The address of a person's profile, in the style of one that was found."""
    if _PERSON.search(urlsplit(url).path):
        return url
    query = urlencode({"mod": "space", "uid": person_of(url) or "", "do": "profile"})
    return _with(url, "home.php", query)


def _of(url: str, rewritten: re.Pattern[str], module: str, key: str) -> tuple[str, int] | None:
    path, asked = _parts(url)
    found = rewritten.search(path)
    if found:
        return found[1], max(1, int(found[2]))
    number, page = asked.get(key, ""), asked.get("page", "1")
    if not path.endswith("forum.php") or asked.get("mod") != module or not re.fullmatch(r"\w{1,40}", number):
        return None
    return number, int(page) if re.fullmatch(r"[1-9]\d{0,5}", page) else 1


def _made(url: str, rewritten: str, module: str, key: str, number: str, page: int) -> str:
    if urlsplit(url).path.endswith(".html"):
        return _with(url, rewritten, "")
    asked = {"mod": module, key: number} | ({"page": str(page)} if page > 1 else {})
    return _with(url, "forum.php", urlencode(asked))


def _with(url: str, name: str, query: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0] + "/" + name, query, ""))


def _parts(url: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(url)
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}
    except ValueError:
        return "", {}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) > 0

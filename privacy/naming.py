"""Whether raw text names one of some people: for refused rows and pages whose people nobody could tell.

It errs on the side of the person: a number that may be an id counts as theirs. Only where text is JSON and the key says
that a number counts, dates or numbers posts, it is none.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_CONTROL = re.compile(r"\\+[nrtbf\"]")
_WORD = re.compile(r"\w+")
_EDGE = "[0-9a-z_]"
_BARE = re.compile(r"[-+]?[0-9]{1,20}([.,:T -][0-9]{1,9}){0,9}Z?")
_COUNTS = re.compile(
    r"(count|counts|likes|replies|reposts|reads|views|votes|discussions|originals|rank|volume|score|amount|priority"
    r"|timestamp|(^|_)(at|time|date|datetime|day|hour|page)|createtime|lastposttime)$"
)
_OF_POSTS = frozenset(
    ("post_id", "topic_id", "category_id", "note_id", "post_number", "post_native_id", "reply_to_post_number",
     "reply_to_native_id", "repost_of_native_id")
)  # fmt: skip
# As forums say it, beside the author's uid; elsewhere a ``pid`` or ``cid`` may be a person's or a customer's.
_OF_FORUMS = frozenset(("pid", "tid", "fid", "cid"))


def readable(text: str) -> str:
    """Raw text as people read it, in lower case: the escapes of JSON, HTML and addresses are undone, however often made."""
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    text = _CONTROL.sub(" ", text).replace("\\/", "/")
    text = unquote(html.unescape(text), errors="replace")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").lower()


def words_of(text: str) -> set[str]:
    """The different words and numbers of raw text, in lower case: among them are ids and handles."""
    return set(_WORD.findall(readable(_telling(text))))


class Named:
    """Finds native ids, handles and addresses of profiles in raw text, whole ones only."""

    def __init__(self, names: Iterable[str]) -> None:
        plain = sorted({readable(name).strip() for name in names} - {""}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, plain))) if plain else None

    def found_in(self, text: str) -> bool:
        """Whether the text names one of them."""
        return self._pattern is not None and self._pattern.search(readable(_telling(text))) is not None


def _whole(name: str) -> str:
    """The name as a pattern that a longer word of Latin letters and digits does not match."""
    before = f"(?<!{_EDGE})" if re.match(_EDGE, name) else ""
    after = f"(?!{_EDGE})" if re.match(_EDGE, name[-1]) else ""
    return before + re.escape(name) + after


def _telling(text: str) -> str:
    """Text that is JSON, and JSON in its strings, without the numbers that can be nobody's id; any other as it is."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text, object_pairs_hook=_may_name), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _may_name(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The members of an object that may name somebody; a post's row has its own id beside its author's."""
    keys = {key for key, _ in pairs}
    of_posts = _OF_POSTS | (_OF_FORUMS if "uid" in keys else set())
    of_posts |= {"native_id"} if "author_native_id" in keys else set()
    return [
        (key, _telling(value) if isinstance(value, str) else value)
        for key, value in pairs
        if not (
            isinstance(value, int | float | str)
            and _BARE.fullmatch(str(value))
            and (_COUNTS.search(key.lower()) or key in of_posts)
        )
    ]

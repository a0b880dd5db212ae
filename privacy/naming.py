"""Whether raw text names one of some people: for refused rows and pages whose people nobody could tell.

It errs on the side of the person: a number that means something else counts as their id, too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import unquote

_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_CONTROL = re.compile(r"\\+[nrtbf\"]")
_WORD = re.compile(r"\w+")
_EDGE = "[0-9a-z_]"


def readable(text: str) -> str:
    """Raw text as people read it, in lower case: the escapes of JSON, HTML and addresses are undone, however often made."""
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text)
    text = _CONTROL.sub(" ", text).replace("\\/", "/")
    text = unquote(html.unescape(text), errors="replace")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").lower()


def words_of(text: str) -> set[str]:
    """The different words and numbers of raw text, in lower case: among them are ids and handles."""
    return set(_WORD.findall(readable(text)))


class Named:
    """Finds native ids, handles and addresses of profiles in raw text, whole ones only."""

    def __init__(self, names: Iterable[str]) -> None:
        plain = sorted({readable(name).strip() for name in names} - {""}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_whole, plain))) if plain else None

    def found_in(self, text: str) -> bool:
        """Whether the text names one of them."""
        return self._pattern is not None and self._pattern.search(readable(text)) is not None


def _whole(name: str) -> str:
    """The name as a pattern that a longer word of Latin letters and digits does not match."""
    before = f"(?<!{_EDGE})" if re.match(_EDGE, name) else ""
    after = f"(?!{_EDGE})" if re.match(_EDGE, name[-1]) else ""
    return before + re.escape(name) + after

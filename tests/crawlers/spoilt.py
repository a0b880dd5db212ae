"""Pages with parts removed, repeated, cut off or replaced, for the parsers that must bear them."""

from __future__ import annotations

import re

from hypothesis import strategies as st

_TAG = re.compile(r"<[^>]*>")
_ODD = st.sampled_from(
    [
        "", "<", ">", "<div>", "</table>", "</div></div>", "<a href='http://[bad'>x</a>", "<a href='http://evil.example/'>",
        '<base href="//evil.example/">', "&#xD800;", "\x00", "\ud800", "9999-12-31 23:59", "0001-1-1 00:00", "<!--", "-->",
        "<script>", "<blockquote>" * 40, '<a rel="nofollow" href="javascript:1">', "99999999999999999999", "１２３",
    ]
)  # fmt: skip


def spoilt_html(body: str, data: st.DataObject) -> bytes:
    """The page spoilt in a way that hypothesis chooses."""
    shape = data.draw(st.sampled_from(["tags", "cut", "bytes", "numbers", "whole"]))
    if shape == "bytes":
        return data.draw(st.binary(max_size=200))
    if shape == "cut":
        body = body[: data.draw(st.integers(0, len(body)))]
    if shape in ("tags", "cut"):
        tags = list(_TAG.finditer(body))
        for _ in range(data.draw(st.integers(0, 6)) if tags else 0):
            tag = data.draw(st.sampled_from(tags))
            body = body[: tag.start()] + data.draw(_ODD) + body[tag.end() :]
    if shape == "numbers":
        odd = data.draw(_ODD)
        body = re.sub(r"\d+", lambda found: odd if data.draw(st.integers(0, 9)) == 0 else found[0], body)
    return body.encode("utf-8", "surrogatepass")

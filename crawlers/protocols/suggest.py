"""What a search box suggests, in the shapes that search engines answer with.

======================================  =====================================================================
shape                                   an answer
======================================  =====================================================================
Baidu ``sugrec``                        ``{"q": "…", "g": [{"type": "sug", "q": "…"}]}``, ``g`` absent for none
Baidu ``su``                            ``window.baidu.sug({q:"…",p:false,s:["…"]});``, often in GBK
Google, and OpenSearch                  ``["…", ["…"], …]``, maybe behind ``)]}'``
Google ``client=youtube``               ``window.google.ac.h(["…", [["…", 0]], …])``
Google ``client=toolbar``               ``<toplevel><CompleteSuggestion><suggestion data="…"/>``
360                                     ``{"query": "…", "result": [{"word": "…"}]}``
======================================  =====================================================================

The shape is told by the answer itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawlers.protocols.charset import decode
from crawlers.protocols.fields import as_dict, as_list, as_text, load_json, reject
from crawlers.protocols.page import BadPage, RawPage
from crawlers.protocols.xml import load_xml
from lake.raw import RawRows

_GUARD = re.compile(r"\A\s*\)\]\}'?,?\s*")
_CALL = re.compile(r"\A\s*(?:/\*.*?\*/)?\s*[A-Za-z_$][\w.$]*\s*\((.*)\)\s*;?\s*\Z", re.DOTALL)
_OPENING = re.compile(r"\s*[A-Za-z_$][\w.$]*\s*\(")
_BARE = re.compile(r"""("(?:[^"\\]|\\.)*")|([A-Za-z_$][\w$]*)(?=\s*:)""", re.DOTALL)
_ESCAPES = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|('))")


def parse_suggest(
    body: bytes, url: str, *, at: datetime, term: str | None = None, content_type: str = ""
) -> RawPage:
    """Read the suggestions for one term into a keyword row of the day ``at`` (aware; cut to midnight UTC).

    ``term`` is what was asked for; without it the answer must say so itself. Suggestions that only repeat the term are
    left out. Raises BadPage where the answer has none of the shapes.
    """
    text = _text(body, content_type, term)
    said, suggestions = _read(text)
    term = term or said
    if term is None:
        raise BadPage("the answer does not say which term it is for")
    rows = RawRows()
    related: dict[str, None] = {}
    for suggestion in suggestions:
        if (words := as_text(suggestion)) is None:
            reject(rows, "keywords", "the suggestion has no text", suggestion)
        elif (words := " ".join(words.split())) != term:
            related[words] = None
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if related:
        rows.keywords.append({"term": term, "at": day, "grain": "day", "related": list(related)})
    return RawPage(rows, counts={"items": len(related), "empty": int(not related)})


def _text(body: bytes, content_type: str, term: str | None) -> str:
    """The answer as text; a short one in GBK may look like UTF-8, and the term in it tells."""
    text = decode(body, content_type)
    if term is not None and term not in text:
        other = body.decode("gb18030", "replace")
        return other if term in other else text
    return text


def _read(text: str) -> tuple[str | None, list[Any]]:
    """Which term the answer says it is for, and its suggestions."""
    text = _GUARD.sub("", text)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None, list(_toolbar(text))
    if (call := _CALL.match(text)) is not None:
        text = _as_json(call[1])
    elif _OPENING.match(text):
        raise BadPage("the script is cut off")
    answer = load_json(text.encode("utf-8", "replace"))
    if isinstance(answer, list):
        if len(answer) < 2 or not isinstance(answer[1], list):
            raise BadPage("the array holds no term with its suggestions")
        return as_text(answer[0]), [
            item[0] if isinstance(item, list) and item else item for item in answer[1]
        ]
    answer = as_dict(answer)
    if "s" in answer:
        return as_text(answer.get("q")), as_list(answer["s"])
    if "result" in answer:
        return as_text(answer.get("query")), [as_dict(item).get("word") for item in as_list(answer["result"])]
    if "q" in answer:
        return as_text(answer["q"]), [as_dict(item).get("q") for item in as_list(answer.get("g"))]
    raise BadPage("the answer has no shape of suggestions that is known")


def _toolbar(text: str) -> Iterator[str | None]:
    root = load_xml(text.encode())
    if root.tag != "toplevel":
        raise BadPage(f"suggestions were expected, this is <{str(root.tag)[:40]}>")
    for node in root.iter("suggestion"):
        yield node.get("data")


def _as_json(script: str) -> str:
    """An object as JavaScript writes it, keys bare and escapes its own, as JSON."""
    script = _ESCAPES.sub(lambda match: f"\\u00{match[1]}" if match[1] else "'", script)
    return _BARE.sub(lambda match: match[1] or f'"{match[2]}"', script)

"""Queries as text, Lucene style: ``tag:露营>=3 region:上海 -follows:山野集 active:30d "露营 帐篷" (a OR b)``.

Conditions side by side must all hold; ``OR`` is weaker than that, ``-`` or ``NOT`` binds tightest; Lucene's ``&&``,
``||``, ``+`` and ``!`` are read too, and operators in lower case. Full-width colons, brackets, quotes, signs and names of
fields are read like the plain ones, as Chinese keyboards type them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.query.canonical import canonical
from audience.query.conditions import condition_text, read_bare, read_condition
from audience.query.fields import FIELDS
from audience.query.from_json import Check, from_json
from audience.query.model import MAX_CLAUSES, MAX_DEPTH, AudienceQuery, Condition
from audience.query.signs import (
    AND,
    BRACKETS,
    CLOSE,
    COLON,
    NOT,
    OPEN,
    OR,
    QUOTE_SIGNS,
    QUOTES,
    SPACES,
    operator,
)

MAX_TEXT = 100_000
_SPACE = re.compile(rf"[{SPACES}]*")
# Lucene's + and ! are signs right before a field, a quote or a bracket, and else part of a word.
_BEFORE = rf"(?=[^\W\d]\w*[:：(（]|[{QUOTE_SIGNS}(（])"
_PLUS, _MINUS = re.compile(rf"[+＋]{_BEFORE}"), re.compile(rf"[-－]|[!！]{_BEFORE}")
_COMPARISON = re.compile(r"[<>＜＞≥≤]?[=＝]?")
_FIELD = re.compile(r"([^\W\d]\w*)[:：]")
_POSTS = re.compile(r"(?:posts|发文|发帖)[(（]\s*", re.IGNORECASE)
_DENIED = re.compile(r"[不未没非](?:有|在|是)?")
_COUNTED = re.compile(rf"[^\s{BRACKETS}{QUOTE_SIGNS}]+")
_BARE = re.compile(rf"[^{SPACES}{BRACKETS}{QUOTE_SIGNS}{COLON}]+")
_TAIL = re.compile(rf"[^{SPACES}{BRACKETS}{QUOTE_SIGNS}]+")

Node = Condition | AudienceQuery


def parse(text: str, check: Check | None = None) -> AudienceQuery:
    """Read a query; ``check`` is called with each condition and may raise BadQueryError, to which the place is added.

    Text that begins with ``{`` is read as the model's JSON.

    Raises:
        BadQueryError: what is wrong, with ``position`` (of JSON, with ``path``) and a hint. Empty text means everybody.
    """
    if len(text) > MAX_TEXT:
        raise BadQueryError(f"the query is longer than {MAX_TEXT:,} characters", "make it shorter")
    if text.lstrip().startswith("{"):
        return from_json(text, check)
    return _Parser(text, check).query()


def to_text(query: AudienceQuery) -> str:
    """The canonical query as text; ``parse(to_text(q)) == canonical(q)``."""
    return _write(canonical(query), top=True)


def _write(node: Node, top: bool = False) -> str:
    if not isinstance(node, AudienceQuery):
        return condition_text(node)
    if node.any:
        # Side by side binds tighter than OR, so that alternatives need no brackets of their own.
        body = " OR ".join(_write(child, top=not _is_alternatives(child)) for child in node.any)
        return body if top else f"({body})"
    parts = [_write(child) for child in node.all] + ["-" + _write(child) for child in node.none]
    if not parts:
        return "" if top else "()"
    body = " ".join(parts)
    return body if top else f"({body})"


def _is_alternatives(node: Node) -> bool:
    """Whether ``node`` needs brackets as an alternative: nested alternatives, and the empty group."""
    return isinstance(node, AudienceQuery) and (bool(node.any) or not (node.all or node.none))


class _Parser:
    """Recursive descent over the text; ``at`` is the offset of the next character."""

    def __init__(self, text: str, check: Check | None) -> None:
        self.text, self.check = text, check
        self.at = self.depth = self.clauses = 0

    def query(self) -> AudienceQuery:
        self._skip()
        if self.at == len(self.text):
            return AudienceQuery()
        node = self._alternatives()
        if self.at < len(self.text):
            raise self._error("a closing bracket without an opening one", "remove it, or open it before")
        return canonical(node if isinstance(node, AudienceQuery) else AudienceQuery(all=(node,)))

    def _alternatives(self) -> Node:
        nodes = [self._together()]
        while self._word(OR):
            nodes.append(self._together())
        return nodes[0] if len(nodes) == 1 else self._group(any=tuple(nodes))

    def _together(self) -> Node:
        wanted: list[Node] = []
        refused: list[Node] = []
        while True:
            if self._ahead(AND):
                if not (wanted or refused):
                    raise self._error(
                        "AND needs a condition before it", 'remove it; words stand in quotes: "and"'
                    )
                self._word(AND)
                self._need_more("AND")
            if self.at >= len(self.text) or self.text[self.at] in CLOSE or self._ahead(OR):
                break
            negative = False
            self._sign(_PLUS)
            while self._sign(_MINUS) or self._word(NOT):
                negative = not negative
            (refused if negative else wanted).append(self._one())
        if not (wanted or refused):
            raise self._error(
                "a condition is missing here", 'for example tag:露营>=3; words stand in quotes: "or"'
            )
        if len(wanted) == 1 and not refused:
            return wanted[0]
        return self._group(all=tuple(wanted), none=tuple(refused))

    def _one(self) -> Node:
        start = self.at
        if start >= len(self.text):
            raise self._error("a condition is missing here", "for example tag:露营>=3")
        self._count(start)
        if self.text[start] in OPEN:
            return self._bracket(start)
        if self.text[start] in QUOTES:
            value = self._quoted()
            self._skip()
            return self._condition("words", "", value, True, "", start)
        posts = _POSTS.match(self.text, start)
        if posts is not None:
            return self._posts(posts, start)
        field = _FIELD.match(self.text, start)
        if field is None:
            bare = _BARE.match(self.text, start)
            if bare is None:
                raise self._error("a condition cannot start here", 'put it into quotes: "…"')
            self.at = bare.end()
            self._skip()
            return self._checked(lambda: read_bare(bare.group()), start)
        return self._field(field, start)

    def _bracket(self, start: int) -> Node:
        self.depth += 1
        if self.depth >= MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", "use fewer brackets")
        self.at += 1
        self._skip()
        if self.at < len(self.text) and self.text[self.at] in CLOSE:
            node: Node = AudienceQuery()
        else:
            node = self._alternatives()
        if self.at >= len(self.text):
            self.at = start
            raise self._error("this bracket is never closed", "add )")
        self.at += 1
        self.depth -= 1
        self._skip()
        return node

    def _field(self, match: re.Match[str], start: int) -> Condition:
        name = FIELDS.get(unicodedata.normalize("NFKC", match.group(1)).lower())
        if name is None:
            positive = FIELDS.get(_DENIED.sub("", match.group(1), count=1))
            raise self._error(
                f"there is no field {match.group(1)!r}",
                f"for those of whom it does not hold write -{positive}:…"
                if positive
                else f"fields are {', '.join(dict.fromkeys(FIELDS.values()))}; put words that hold a colon into quotes",
            )
        self.at = match.end()
        before = self._operator()
        quoted = self.at < len(self.text) and self.text[self.at] in QUOTES
        if quoted:
            value = self._quoted()
            tail = _TAIL.match(self.text, self.at)
        else:
            value, tail = "", _TAIL.match(self.text, self.at)
        rest = tail.group() if tail else ""
        self.at += len(rest)
        self._skip()
        return self._condition(name, before, value if quoted else rest, quoted, rest if quoted else "", start)

    def _posts(self, match: re.Match[str], start: int) -> Condition:
        """``posts("X")>=3/30d`` from its opening bracket on."""
        self.at = match.end()
        if self.at < len(self.text) and self.text[self.at] in QUOTES:
            value = self._quoted()
        else:
            bare = _COUNTED.match(self.text, self.at)
            value = bare.group() if bare else ""
            self.at += len(value)
        self._skip()
        if self.at >= len(self.text) or self.text[self.at] not in CLOSE:
            raise self._error(
                "posts(…) holds one word, phrase or tag", 'for example posts("露营 帐篷")>=3/30d, closed by )'
            )
        self.at += 1
        tail = _TAIL.match(self.text, self.at)
        self.at = tail.end() if tail else self.at
        self._skip()
        return self._condition("posts", "", value, True, tail.group() if tail else "", start)

    def _condition(
        self, name: str, before: str, value: str, quoted: bool, tail: str, start: int
    ) -> Condition:
        return self._checked(lambda: read_condition(name, before, value, quoted, tail), start)

    def _checked(self, read: Callable[[], Condition], start: int) -> Condition:
        """A condition that begins at ``start``, checked; what is wrong with it is told with that place."""
        try:
            condition = read()
            if self.check is not None:
                self.check(condition)
        except BadQueryError as error:
            raise type(error)(error.plain, error.hint, text=self.text, position=start) from None
        return condition

    def _operator(self) -> str:
        match = _COMPARISON.match(self.text, self.at)
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def _quoted(self) -> str:
        start = self.at
        ends = QUOTES[self.text[start]]
        self.at += 1
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                out.append(self.text[self.at + 1])
                self.at += 2
                continue
            self.at += 1
            if char in ends:
                return "".join(out)
            out.append(char)
        self.at = start
        raise self._error("this quote is never closed", 'add "')

    def _group(self, **parts: tuple[Node, ...]) -> AudienceQuery:
        try:
            return AudienceQuery(**parts)
        except ValidationError as error:
            raise self._error(
                error.errors()[0]["msg"].removeprefix("Value error, "), "make it simpler"
            ) from None

    def _sign(self, sign: re.Pattern[str]) -> bool:
        match = sign.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self._skip()
        return True

    def _ahead(self, *wanted: str) -> re.Match[str] | None:
        """The word that stands here, if it is one of the operators wanted."""
        word = _BARE.match(self.text, self.at)
        if word is None or operator(word.group()) not in wanted:
            return None
        return None if self.text[word.end() : word.end() + 1] in tuple(COLON) else word

    def _word(self, wanted: str) -> bool:
        found = self._ahead(wanted)
        if found is None:
            return False
        self.at = found.end()
        self._skip()
        return True

    def _need_more(self, word: str) -> None:
        if self.at >= len(self.text) or self.text[self.at] in CLOSE or self._ahead(OR, AND):
            raise self._error(f"{word} needs a condition after it", "add one, or remove it")

    def _count(self, start: int) -> None:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            raise self._error(f"more than {MAX_CLAUSES:,} conditions", "make it shorter")

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _error(self, message: str, hint: str) -> BadQueryError:
        return BadQueryError(message, hint, text=self.text, position=self.at)

"""Mentions in text: whoever is named becomes a pseudonym token, ``@u<32 hex>``, before anything is written.

Covered are ``@handle`` and ``@handle@host``, repost chains (``//@nick:``), replies (``回复 nick：``), quote attributions
(``[quote="nick, …"]``, ``nick wrote:``, a known ``nick:`` alone on its line), and links that lead to a person or a post.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

LINK = "[链接]"
GONE = "@[已退出]"

_AT = re.compile(
    r"[@＠](?!\[)(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[\w·.-]{1,60})"
)
_CHAIN = re.compile(r"//\s?[@＠](?!\[)(?P<name>[^:：/@＠\n]{1,40}?)\s?(?=[:：])")
_QUOTE = re.compile(r'\[quote\s*=\s*["“”]?(?P<name>[^,"“”\]\n]{1,60})', re.IGNORECASE)
_REPLY = re.compile(r"(?m)(?:^|(?<=//))\s*回复\s?(?P<name>[^\s:：@＠/]{1,30})\s?(?=[:：])")
_WROTE = re.compile(r"(?m)^[>\s]*(?P<name>[\w.-]{2,40})\s+(?:wrote|said|writes|says)\s*[:：]")
_ALONE = re.compile(r"(?m)^[>\s]*(?P<name>[\w.-]{2,40})\s?(?:写道|发表于.{0,30}|说)?\s?[:：]\s*$")
# What a text must hold for the two above to be tried; both are quick to find nothing.
_SAYS = re.compile(r"[ws](?:rote|aid|rites|ays)\s*[:：]")
_COLON_ENDS = re.compile(r"(?m)[:：]\s*$")
_TOKEN = re.compile(r"u[0-9a-f]{32}")
_ASCII = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_PEOPLE = (
    r"https?://(?:[^\s/]+/@|(?:www\.|m\.)?(?:weibo\.(?:com|cn)|twitter\.com|x\.com|t\.me|space\.bilibili\.com"
    r"|zhihu\.com/people|douyin\.com/user|xiaohongshu\.com/user|tieba\.baidu\.com/home)/)"
)
_REST = r"[^\s<>\"'）)」』】，。；]*"
_PEOPLE_LINK = re.compile(_PEOPLE + _REST, re.IGNORECASE)
# Finds every text that ``replace`` may change, and some more, in the syntax of Rust's regular expressions (Polars).
_SUSPECT = (
    r"[@＠]|回复[^:：]{0,40}[:：]|\[(?i:quote)|(?:wrote|said|writes|says)\s*[:：]|[:：]\s*(?:\n|$)|(?i:"
    + _PEOPLE
    + ")"
)
_PRONOUNS = frozenset(
    [
        "我",
        "你",
        "他",
        "她",
        "它",
        "我们",
        "你们",
        "他们",
        "她们",
        "大家",
        "楼上",
        "楼主",
        "i",
        "he",
        "she",
        "you",
        "they",
        "we",
        "it",
        "who",
        "one",
    ]
)


class Mentions:
    """Replaces the people named in the posts of one source.

    ``pseudonym(native_id)`` gives an account's id; ``known`` maps lower-case handles to ids (the batch's and the
    vault's). Where ``ascii_handles``, a handle ends before the first Chinese character, as on Mastodon and Discourse;
    elsewhere the whole run is the nick. ``host`` is the source's own: links to it lead to authors.
    """

    def __init__(
        self,
        pseudonym: Callable[[str], str],
        known: Mapping[str, str],
        ascii_handles: bool = False,
        host: str = "",
        gone: frozenset[str] | set[str] = frozenset(),
    ) -> None:
        self._pseudonym = pseudonym
        self._known = known
        self._ascii = ascii_handles
        self._gone = gone
        self._host = host
        self._own_link = (
            re.compile(rf"https?://{re.escape(host)}(?![\w.-]){_REST}", re.IGNORECASE) if host else None
        )
        own = f"|(?i:https?://{re.escape(host)})" if host else ""
        self.suspect = _SUSPECT + own
        """A regular expression, for Polars, that every text holds which ``replace`` may change."""

    def replace(self, text: str, own: Mapping[str, str] | None = None) -> str:
        """The text without names; ``own`` maps the handles of the row's own mention list to ids and is asked first."""
        return self._replace(text, own or {})

    def replace_all(
        self, texts: Sequence[str | None], own: Sequence[Mapping[str, str] | None] | None = None
    ) -> list[str | None]:
        """Replace in many texts; an absent text stays absent."""
        lists = own or [None] * len(texts)
        return [
            text if text is None or not _may_name(text) else self._replace(text, handles or {})
            for text, handles in zip(texts, lists, strict=True)
        ]

    def _replace(self, text: str, own: Mapping[str, str]) -> str:
        if "://" in text:
            if self._own_link:
                text = self._own_link.sub(LINK, text)
            text = _PEOPLE_LINK.sub(LINK, text)
        if "@" in text or "＠" in text:
            if "//" in text:
                text = _CHAIN.sub(lambda m: "//" + self._token(m["name"].strip(), own), text)
            text = _AT.sub(lambda m: self._at(m["name"], own), text)
        if "回复" in text:
            text = _REPLY.sub(lambda m: self._named(m, own, False), text)
        if "[" in text:
            text = _QUOTE.sub(lambda m: self._named(m, own, False), text)
        if ":" in text or "：" in text:
            if _SAYS.search(text):
                text = _WROTE.sub(lambda m: self._named(m, own, False), text)
            if _COLON_ENDS.search(text):
                text = _ALONE.sub(lambda m: self._named(m, own, True), text)
        return text

    def _at(self, run: str, own: Mapping[str, str]) -> str:
        if _TOKEN.fullmatch(run):
            return "@" + run
        name = run.rstrip(".-·")
        if not name:
            return "@" + run
        rest = run[len(name) :]
        if (
            self._find(name, own) is None
            and (short := _ASCII.match(name))
            and "@" not in name
            and "＠" not in name
        ):
            ends = len(short[0])
            if ends < len(name) and (self._ascii or self._find(short[0], own)):
                name, rest = name[:ends], name[ends:] + rest
        return self._token(name, own) + rest

    def _named(self, match: re.Match[str], own: Mapping[str, str], only_known: bool) -> str:
        name = match["name"].strip()
        if (
            not name
            or name.lower() in _PRONOUNS
            or name.startswith("@")
            or _TOKEN.fullmatch(name)
            or (only_known and self._find(name, own) is None)
        ):
            return match[0]
        start, end = match.start("name") - match.start(), match.end("name") - match.start()
        return match[0][:start] + self._token(name, own) + match[0][end:]

    def _token(self, name: str, own: Mapping[str, str]) -> str:
        if _TOKEN.fullmatch(name):
            return "@" + name
        account_id = self._find(name, own) or self._pseudonym(name.lower().replace("＠", "@"))
        return GONE if account_id in self._gone else "@" + account_id

    def _find(self, name: str, own: Mapping[str, str]) -> str | None:
        lower = name.lower()
        return own.get(lower) or self._known.get(lower)


def _may_name(text: str) -> bool:
    return "@" in text or "＠" in text or "//" in text or ":" in text or "：" in text or "[quote" in text

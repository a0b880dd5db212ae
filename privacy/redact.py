"""Redaction: what could reach or identify a person is replaced in text before anything is written.

Found are Chinese mobile numbers (grouped, with country code, full width), ID-card numbers (18 digits with the checksum
of GB 11643-1999, or the older 15), e-mail addresses, bank cards (ISO/IEC 7812: issuer digit and Luhn), and WeChat and
QQ ids behind the words that announce them. Dates, prices, order and tracking numbers stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

PHONE, ID_CARD, EMAIL, BANK_CARD, WECHAT, QQ = "[手机]", "[身份证]", "[邮箱]", "[银行卡]", "[微信]", "[QQ]"

# Same length on purpose: spans found in the narrow text are spans of the original.
_NARROW: dict[int, int] = {
    wide: wide - 0xFEE0
    for wide in range(0xFF01, 0xFF5F)
    if chr(wide - 0xFEE0).isalnum() or chr(wide) in "＠．－＋＿（）：＝％"
}
_NARROW |= dict.fromkeys(map(ord, "‐‑‒–—−·"), ord("-")) | {0x3000: 0x20, 0xA0: 0x20, ord("➕"): ord("+")}
_WIDE = re.compile(f"[{''.join(map(chr, _NARROW))}]")

# Only texts in which this finds something are looked at closely. It starts with one character class, since the
# standard library's engine skips through text quickly for that.
_HINT = re.compile(
    r"[0-9０-９@＠微薇威徽VvＶｖWwＷｗ加+＋➕]"
    r"(?:(?<=[0-9０-９])(?:[ \-.·‐‑‒–—−－　\xa0()（）]{0,3}[0-9０-９]){4}|(?<=[@＠])|(?<=[微薇威徽VvＶｖ])\s?信"
    r"|(?<=[VvＶｖWwＷｗ])[XxＸｘ]|(?<=[Ww])[Ee](?:[Cc][Hh][Aa][Tt]|[Ii][Xx][Ii][Nn])|(?<=[加+＋➕])\s?[微VvＶｖWwＷｗ])"
)
# Finds every text that ``redact`` may change, and some more, in the syntax of Rust's regular expressions (Polars): for whole
# columns, so it is narrower than the hint. Digits of a phone, card or ID number; an address; words that announce an id.
SUSPECT = (
    r"[0-9０-９](?:[ \-.．·‐‑‒–—−－　\x{a0}()（）]{0,4}[0-9０-９]){10}"
    r"|[A-Za-z0-9._%+\-Ａ-Ｚａ-ｚ０-９．％＋＿·‐‑‒–—−－➕]\s?[@＠]\s?[A-Za-z0-9\-Ａ-Ｚａ-ｚ０-９·‐‑‒–—−－]"
    r"|[QqＱｑ]{2}|扣[扣QqＱｑ]|企鹅|秋秋|[微薇威徽VvＶｖ]\s?信|[加+＋➕]\s?[微VvＶｖWwＷｗ]"
    r"|(?:^|[^A-Za-z0-9])(?:[VvＶｖWwＷｗ][XxＸｘ]|[WwＷｗ][EeＥｅ](?:[CcＣｃ][HhＨｈ][AaＡａ][TtＴｔ]|[IiＩｉıİ][XxＸｘ][IiＩｉıİ]))"
)
_TOKEN = re.compile(r"(@?[up][0-9a-f]{32}(?![0-9a-z]))")
_HAS_TOKEN = re.compile(r"[up][0-9a-f]{32}(?![0-9a-z])")  # skips faster, since it begins with one class

_EMAIL = re.compile(
    r"(?<![@A-Za-z0-9._%+-])(?P<hit>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?@\s?(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24})"
)
_DATE = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_18 = re.compile(rf"(?<!\d)(?P<hit>[1-8]\d{{5}}[ -]?{_DATE}[ -]?\d{{3}}[\dXx])(?!\d)")
_ID_15 = re.compile(
    r"(?<!\d)(?P<hit>(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}(?P<day>\d{6})\d{3})(?![\dXx])"
)
_CARD = re.compile(
    r"(?<!\d)(?<!\d[.-])(?P<hit>[2-69](?:\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?|\d{5}[ -]\d{10,13}))(?![\d])"
)
_PHONE = re.compile(
    r"(?<!\d)(?<!\d\.)(?P<hit>(?:(?:\+|00)?\(?(?:\+)?86\)?[ -]{0,2})?1[3-9]"
    r"(?:\d(?:\d{8}|[ .-]{1,2}\d{4}[ .-]{1,2}\d{4}|[ -]\d{8}|[ -]\d{3}[ -]\d{5})|\d{2}[ -]\d{4}[ -]\d{3}|\d{5}[ -]?\d{4}))"
    r"(?!\d)(?!\.\d)"
)
_UNIT = r"(?![.,]?\d)(?!\s*(?:[万亿千元块人个年月日步次位名粉条张字分米克家篇集楼%]|多[人个万]|RMB))"
_WECHAT = re.compile(
    r"(?P<word>[微薇威徽v]\s?信|(?<![A-Za-z0-9])(?:weixin|wechat|vx|wx)|[加+]\s?(?:微|[vw](?![A-Za-z])))"
    r"(?P<mark>(?:\s*(?:账号|帐号|号码|号|id|是|为|加|搜|[:=]))*)\s*"
    rf"(?P<hit>[A-Za-z][A-Za-z0-9_-]{{5,19}}(?![A-Za-z0-9_-])|[1-9]\d{{4,11}}{_UNIT})",
    re.IGNORECASE,
)
_WXID = re.compile(r"(?<![A-Za-z0-9])(?P<hit>wxid_[A-Za-z0-9]{6,20})", re.IGNORECASE)
_QQ = re.compile(
    r"(?<![A-Za-z0-9])(?:qq|扣扣|扣q|企鹅|秋秋)(?:\s*(?:账号|帐号|号码|号|群|是|为|id|加|[:=]))*\s*"
    rf"(?P<hit>[1-9]\d{{4,10}}{_UNIT})",
    re.IGNORECASE,
)
_NUMBERED_THING = re.compile(r"(?:订单|单号|运单|快递|物流|流水|条码|批次|序列)[^0-9]{0,8}$")
_NOT_AN_ID = frozenset(
    [
        "android",
        "iphone",
        "harmony",
        "harmonyos",
        "windows",
        "macos",
        "wechat",
        "weixin",
        "official",
        "version",
        "public",
        "desktop",
        "application",
    ]
)


def redact(text: str) -> str:
    """The text with each find replaced by its label. Redacting twice changes nothing more; never raises."""
    return _redacted(text) if _HINT.search(text) else text


def _redacted(text: str) -> str:
    if _HAS_TOKEN.search(text):
        parts = _TOKEN.split(text)
        return "".join(part if place % 2 else _settle(part) for place, part in enumerate(parts))
    return _settle(text)


def redact_all(texts: Iterable[str | None]) -> list[str | None]:
    """Redact many; an absent text stays absent."""
    hint = _HINT.search
    return [text if text is None or not hint(text) else _redacted(text) for text in texts]


def _settle(text: str) -> str:
    """Redact until nothing more is found: a label may set free what stood beside it. Each round takes characters away."""
    while (after := _once(text)) != text:
        text = after
    return text


def _once(text: str) -> str:
    narrow = text.translate(_NARROW) if _WIDE.search(text) else text
    for needs, before, passes in _PASSES:
        if first := needs.search(narrow):
            start = max(0, first.start() - before)
            for pattern, label, holds in passes:
                hits = pattern.finditer(narrow, start)
                spans = [hit.span("hit") for hit in hits if holds is None or holds(hit)]
                if spans:
                    text, narrow = _cut(text, spans, label), _cut(narrow, spans, label)
    return text


def _cut(text: str, spans: list[tuple[int, int]], label: str) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], label]
        at = end
    return "".join([*pieces, text[at:]])


def _is_id_18(match: re.Match[str]) -> bool:
    """GB 11643-1999 (ISO 7064 MOD 11-2), and a day that exists."""
    number = _digits(match["hit"].upper(), "X")
    total = sum(int(digit) << (17 - place) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17] and _is_day(number[6:14])


def _is_id_15(match: re.Match[str]) -> bool:
    return _is_day("19" + match["day"]) and not _is_numbered_thing(match)


def _is_card(match: re.Match[str]) -> bool:
    number = _digits(match["hit"])
    if not 16 <= len(number) <= 19 or _is_numbered_thing(match) or len(set(number)) == 1:
        return False
    if number[0] == "2" and not (len(number) == 16 and 2221 <= int(number[:4]) <= 2720):
        return False  # Mastercard's range; otherwise a 2 begins a date
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _is_wechat(match: re.Match[str]) -> bool:
    """Plain words need a sign that an id follows, since people also write 微信 Android."""
    found, word = match["hit"], match["word"].lower()
    if not found.isalpha():
        return True
    if found.lower() in _NOT_AN_ID:
        return False
    apart = match.start("hit") > match.end("word")
    announced = match.string[max(0, match.start() - 3) : match.start()]
    return bool(match["mark"]) or (
        apart and (not word.endswith("信") or "加" in announced or "+" in announced)
    )


def _is_numbered_thing(match: re.Match[str]) -> bool:
    return bool(_NUMBERED_THING.search(match.string[max(0, match.start() - 12) : match.start()]))


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _digits(text: str, also: str = "") -> str:
    return "".join(sign for sign in text if sign in "0123456789" or sign in also)


# What a text must hold for these patterns to be tried, how many characters before the first of it they may begin, and the
# patterns in the order of their right to a number. What stands before that is not read again.
_Pass = tuple[re.Pattern[str], str, Callable[[re.Match[str]], bool] | None]
_PASSES: tuple[tuple[re.Pattern[str], int, tuple[_Pass, ...]], ...] = (
    (re.compile("@"), 66, ((_EMAIL, EMAIL, None),)),
    (
        re.compile(r"\d(?:[ .()-]{0,4}\d){10}"),
        4,
        (
            (_ID_18, ID_CARD, _is_id_18),
            (_CARD, BANK_CARD, _is_card),
            (_ID_15, ID_CARD, _is_id_15),
            (_PHONE, PHONE, None),
        ),
    ),
    (re.compile(r"[信vwVW+加]"), 2, ((_WXID, WECHAT, None), (_WECHAT, WECHAT, _is_wechat))),
    (re.compile(r"[qQ扣企秋](?:(?<=[qQ])[qQ]|(?<=扣)[扣qQ]|(?<=企)鹅|(?<=秋)秋)"), 0, ((_QQ, QQ, None),)),
)

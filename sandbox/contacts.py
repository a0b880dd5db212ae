"""Made-up contact details with valid check digits: what redaction must find."""

from __future__ import annotations

import random
from collections.abc import Callable

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
LETTERS = "abcdefghijkmnpqrstuvwxyz"


def phone(rng: random.Random) -> str:
    """A mobile number, sometimes with separators."""
    number = "1" + rng.choice("3578") + "".join(rng.choices("0123456789", k=9))
    return f"{number[:3]}-{number[3:7]}-{number[7:]}" if rng.random() < 0.2 else number


def id_card(rng: random.Random) -> str:
    """An 18-character ID number with its checksum (GB 11643)."""
    place = rng.choice(("110101", "310104", "440305", "510107", "330106"))
    body = f"{place}{rng.randint(1960, 2004)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def bank_card(rng: random.Random) -> str:
    """A 19-digit card number with a valid Luhn digit."""
    body = rng.choice(("622202", "621700", "622848")) + "".join(rng.choices("0123456789", k=12))
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def mail(rng: random.Random) -> str:
    """A mail address of an example domain."""
    return "".join(rng.choices(LETTERS, k=7)) + str(rng.randint(1, 99)) + "@mail.example.com"


def wechat(rng: random.Random) -> str:
    """A WeChat id."""
    return rng.choice(("wx_", "wxid_", "v")) + "".join(rng.choices(LETTERS + "0123456789", k=8))


def qq(rng: random.Random) -> str:
    """A QQ number."""
    return str(rng.randint(100_000_000, 3_999_999_999))


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "phone": phone,
    "idcard": id_card,
    "card": bank_card,
    "mail": mail,
    "wechat": wechat,
    "qq": qq,
}

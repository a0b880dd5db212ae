"""What Weibo's API says instead of an answer, and how much it still allows.

Names: open.weibo.com/wiki, pages 2/account/rate_limit_status, Error_code, and the error codes of OAuth 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawlers.protocols.fields import as_count, as_dict, as_text, load_json, load_object
from crawlers.protocols.page import BadPage, quoted

LIMITED, TOKEN, REFUSED, GONE, FAULT = "limited", "token", "refused", "gone", "fault"
_WORDS: dict[int, tuple[str, str]] = {
    10001: (FAULT, "the service has an internal error"),
    10002: (FAULT, "the service is paused"),
    10003: (FAULT, "a remote service failed"),
    10004: (REFUSED, "this address (IP) may not ask for it"),
    10005: (REFUSED, "the application needs a higher permission for it"),
    10006: (TOKEN, "the application key is missing"),
    10009: (FAULT, "the service is busy"),
    10010: (FAULT, "the service took too long"),
    10011: (FAULT, "the service failed inside"),
    10013: (GONE, "there is no such user"),
    10014: (REFUSED, "the application has no permission for it"),
    10022: (LIMITED, "the hourly limit of this address (IP) is used up"),
    10023: (LIMITED, "the hourly limit of this user is used up"),
    10024: (LIMITED, "the hourly limit of this user for this endpoint is used up"),
    20003: (GONE, "there is no such user"),
    20015: (REFUSED, "this account, address (IP) or application may not do it for now"),
    20022: (LIMITED, "what comes from this address (IP) looks unusual to it"),
    20101: (GONE, "there is no such status"),
    20112: (REFUSED, "the status is not shown to this user"),
    20201: (GONE, "there is no such comment"),
    21301: (TOKEN, "the token was not accepted"),
    21314: (TOKEN, "the token was used already"),
    21315: (TOKEN, "the token has expired"),
    21316: (TOKEN, "the token was revoked"),
    21317: (TOKEN, "the token was rejected"),
    21318: (TOKEN, "the authorisation was not confirmed"),
    21319: (TOKEN, "the user withdrew the authorisation"),
    21321: (REFUSED, "the application is not reviewed yet and may only read its testers"),
    21325: (TOKEN, "the authorisation is not valid, has expired or was revoked"),
    21327: (TOKEN, "the token has expired"),
    21330: (REFUSED, "access to it is denied"),
    21331: (FAULT, "the service is out of reach for now"),
    21332: (TOKEN, "the token is not valid"),
    21337: (REFUSED, "the application has no permission for it"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that the API answered with: its kind (LIMITED, TOKEN, REFUSED, GONE, FAULT) and words for people."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a token may still ask, and the seconds until the limit begins anew."""

    left: int
    seconds: int


def refusal_of(body: bytes) -> Refusal | None:
    """The error in an answer, whatever its HTTP status; None where it holds none."""
    if b'"error_code"' not in body[:2000]:
        return None
    try:
        answer = as_dict(load_json(body))
    except BadPage:
        return None
    code = as_count(answer.get("error_code"))
    if code is None:
        return None
    said = as_text(answer.get("error")) or "no reason given"
    kind, words = _WORDS.get(code, (FAULT, quoted(said, 150)))
    return Refusal(kind, f"{words} (Weibo's error {code})")


def parse_allowance(body: bytes) -> Allowance:
    """Read ``account/rate_limit_status``. Raises BadPage where it tells no limit."""
    answer = load_object(body)
    left = [
        count
        for key in ("remaining_user_hits", "remaining_ip_hits")
        if (count := as_count(answer.get(key))) is not None
    ]
    seconds = as_count(answer.get("reset_time_in_seconds"))
    if not left or seconds is None:
        raise BadPage("the answer tells no rate limit")
    return Allowance(min(left), seconds)

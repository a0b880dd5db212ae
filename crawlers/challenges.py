"""Answers that look like pages but are checks for humans or log-in pages: they count as blocked, never as empty.

renqun solves none of them and does not go around them; it recognises them, stops asking and says so. Each is known by
a header, a title, or the address of its own scripts. A page that speaks of one of them may still be a page: of answers
with status 200 only those are looked at of which nothing could be read.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawlers.protocols.charset import decode
from crawlers.refusals import Blocked

_LOOKED_AT = 64 * 1024  # bytes: these pages are small, and say what they are at the start
_SHORT = 20_000  # bytes of a page that has room for hardly more than a check
_MEDIA = (b"image/", b"audio/", b"video/", b"font/")
_TITLE = re.compile(r"<title[^>]*>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_SCRIPT_ALONE = re.compile(rb"\s*<script\b[^>]*>(?:(?!</script).)*</script>\s*", re.IGNORECASE | re.DOTALL)

_MARKS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    (
        "a Cloudflare check",
        (
            b"/cdn-cgi/challenge-platform/h/", b"window._cf_chl_opt", b"cf-browser-verification",
            b"<title>Just a moment...</title>", b"<title>Attention Required! | Cloudflare</title>",
        ),
    ),
    ("Weibo's visitor page", (b"Sina Visitor System", b"passport.weibo.com/visitor")),
    ("Weibo's log-in page", (b'{"ok":-100', b"passport.weibo.com/sso/signin")),
    ("Baidu's security check", ("百度安全验证".encode(), b"wappass.baidu.com/static/captcha")),
    ("an Alibaba Cloud check", (b"acw_sc__v2", b"aliyun_waf_", b"/_____tmd_____/punish")),
    ("Sogou's check", (b"/antispider/",)),
    ("a DDoS-Guard check", (b"/.well-known/ddos-guard/",)),
    ("Discuz!'s check", (b'name="secqsubmit"',)),
    ("an Anubis check", (b"/.within.website/x/cmd/anubis/",)),
)  # fmt: skip
_CHECK = re.compile(
    r"captcha|verify (that )?you are (a )?human|human verification|are you a robot|security check|"
    r"checking your browser|unusual traffic|not a bot|人机验证|安全验证|滑动验证|访问验证|身份验证|请输入验证码|"
    r"访问过于频繁|访问异常|频繁刷新限制|页面重载开启|代理服务器访问限制",
    re.IGNORECASE,
)
# What stands on pages with a form, too: a check only where the page holds hardly anything else.
_FORM = re.compile(
    r"recaptcha/api\.js|hcaptcha\.com/1/api\.js|challenges\.cloudflare\.com/turnstile|static\.geetest\.com|"
    r"人机验证|安全验证|滑动验证|请输入验证码|访问过于频繁|需要登录|请先登录",
    re.IGNORECASE,
)
_LOG_IN_HOSTS = {
    "passport.weibo.com": "Weibo's log-in page",
    "passport.weibo.cn": "Weibo's log-in page",
    "login.sina.com.cn": "Weibo's log-in page",
    "wappass.baidu.com": "Baidu's security check",
    "passport.baidu.com": "Baidu's log-in page",
}


class ChallengeMiddleware:
    """Gives up answers that are no pages and surely a check, before they are retried."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Pages that came well are looked at by the spider, where nothing could be read of them."""
        refused = response.status != 200 or b"cf-mitigated" in response.headers
        if refused and not request.meta.get("robots") and (name := _surely(response)):
            raise Blocked(name)
        return response


def challenge_in(response: Response) -> str | None:
    """The name of the check that a page of which nothing could be read is, or None where it seems to be none."""
    name = _surely(response)
    if name or not response.body.lstrip().startswith(b"<"):
        return name
    kind = (response.headers.get(b"Content-Type") or b"").lower()
    if len(response.body) <= _LOOKED_AT and _SCRIPT_ALONE.fullmatch(response.body):
        return "a check for browsers (a script in place of a page)"
    text = decode(response.body[:_LOOKED_AT], kind.decode("latin-1"))
    title = _TITLE.search(text)
    if title and _CHECK.search(title[1]):
        return "a check for humans"
    short = len(response.body) <= _SHORT and not kind.startswith(_MEDIA)
    return "a check for humans" if short and _FORM.search(text) else None


def log_in_page(url: str) -> str | None:
    """The name of the log-in page or check that lies at this address of another host, or None."""
    return _LOG_IN_HOSTS.get(urlsplit(url).hostname or "")


def _surely(response: Response) -> str | None:
    if (response.headers.get(b"cf-mitigated") or b"").lower() == b"challenge":
        return "a Cloudflare check"
    start = response.body[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith((b"<", b'{"ok":-100')):
        return None  # data, not a page
    return next((name for name, marks in _MARKS if any(mark in start for mark in marks)), None)

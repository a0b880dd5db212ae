"""Who is meant: the accounts of the vault by every way in which people name one. Never by guess."""

from __future__ import annotations

from urllib.parse import urlsplit

import polars as pl

from lake.store import Lake
from privacy.home import Home


class KnownAccounts:
    """The accounts that were collected, by source and handle, and by the URL of their profile."""

    def __init__(self, home: Home) -> None:
        rows = Lake(home).read(
            "names", ["source", "handle", "url", "account_id", "kind"], pl.col("kind") == "account"
        )
        self.accounts: set[str] = set(rows["account_id"])
        self.sources: set[str] = set(rows["source"])
        self.by_handle: dict[tuple[str, str], list[str]] = {}
        self.by_url: dict[str, list[str]] = {}
        for source, handle, url, account, _ in rows.iter_rows():
            if handle:
                self.by_handle.setdefault((source, plain_handle(handle)), []).append(account)
            if url:
                self.by_url.setdefault(plain_url(url), []).append(account)

    def any_handle(self, handle: str) -> bool:
        """Whether any source has this handle."""
        return any((source, handle) in self.by_handle for source in self.sources)

    def named(self, source: str, handle: str | None, url: str | None) -> tuple[str | None, str]:
        """The one account that a handle, else a profile's URL leads to; or None and why there is none."""
        if handle:
            found = self.by_handle.get((source, plain_handle(handle)), [])
            what = "handle"
        else:
            found = self.by_url.get(plain_url(url or ""), [])
            what = "URL"
        if len(set(found)) == 1:
            return found[0], ""
        return (
            None,
            f"several accounts have this {what}" if found else f"no collected account has this {what}",
        )


def plain_handle(handle: str) -> str:
    """A handle in lower case without the at sign."""
    return handle.lower().lstrip("@")


def plain_url(url: str) -> str:
    """A profile URL without scheme, query and closing slash, its host in lower case: what two spellings share."""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
    except ValueError:
        return url
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"

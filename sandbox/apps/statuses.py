"""Accounts and statuses of the microblog as Mastodon writes them (entities Account, Status, Tag)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from ..lexicon import read_data
from ..population import BRAND, MEDIA
from ..posts import PUBLIC, UNLISTED
from ..rhythm import Array
from ..world import World
from ..writer import Draft
from .common import BoundedCache, html_text, iso, iso_ms, scatter

BOOST_BIT = 0x8000
VISIBILITY = {PUBLIC: "public", UNLISTED: "unlisted"}


class Entities:
    """Renders accounts and statuses to JSON fragments, each once while it is in the cache."""

    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base = world, base_url
        posts = world.micro.posts
        self.ids: Array = (posts.at_ms << 16) + (np.arange(len(posts)) & 0x7FFF)
        boosts = world.boosts
        self.boost_ids: Array = (boosts.at_ms << 16) + BOOST_BIT + (np.arange(len(boosts.at_ms)) & 0x7FFF)
        self.by_author = np.argsort(posts.author, kind="stable")
        edges = np.arange(world.population.micro + 1)
        self.author_starts = np.searchsorted(posts.author[self.by_author], edges)
        self._replies = np.bincount(posts.reply_to[posts.reply_to >= 0], minlength=len(posts))
        self._boosted = np.bincount(boosts.target, minlength=len(posts))
        self._quoted = np.bincount(posts.repost_of[posts.repost_of >= 0], minlength=len(posts))
        self.account = BoundedCache(self._account, 50_000)
        self.status = BoundedCache(self._status, 60_000)
        self._anchor = BoundedCache(self._make_anchor, 50_000)
        self._tag_url: BoundedCache[str, str] = BoundedCache(
            lambda tag: f"{base_url}/tags/{quote(tag)}", 10_000
        )

    def posts_of(self, account: int) -> Array:
        """Positions of an account's posts, oldest first."""
        rows: Array = self.by_author[self.author_starts[account] : self.author_starts[account + 1]]
        return rows

    def account_url(self, account: int) -> str:
        """The profile page."""
        return f"{self.base}/@{self.world.handle(account)}"

    def _account(self, account: int) -> bytes:
        world, population = self.world, self.world.population
        handle, nick, url = world.handle(account), world.nick(account), self.account_url(account)
        organisation = population.role[account] in (BRAND, MEDIA)
        note, fields = self._profile(account, bool(organisation))
        rows = self.posts_of(account)
        last = int(world.micro.posts.at_ms[rows[-1]]) if len(rows) else None
        created = (
            iso(world.start.replace(hour=0))[:10] if not population.new[account] else iso_ms(last or 0)[:10]
        )
        avatar = f"{self.base}/avatars/{handle}.png"
        return orjson.dumps(
            {
                "id": world.native_id(account),
                "username": handle,
                "acct": handle,
                "url": url,
                "uri": f"{self.base}/users/{handle}",
                "display_name": nick,
                "note": note,
                "avatar": avatar,
                "avatar_static": avatar,
                "header": f"{self.base}/headers/missing.png",
                "header_static": f"{self.base}/headers/missing.png",
                "locked": False,
                "fields": fields,
                "emojis": [],
                "bot": False,
                "group": False,
                "discoverable": not population.undiscoverable[account],
                "indexable": not population.unindexable[account],
                "noindex": bool(population.noindex[account]),
                "created_at": f"{created}T00:00:00.000Z",
                "last_status_at": iso_ms(last)[:10] if last else None,
                "statuses_count": len(rows),
                "followers_count": len(world.follows.followers(account)),
                "following_count": len(world.follows.following(account)),
                "hide_collections": bool(population.hides_follows[account]),
                "roles": [],
            }
        )

    def _profile(self, account: int, organisation: bool) -> tuple[str, list[dict[str, Any]]]:
        """(note, fields): a region for most people, in one of the places where people put it."""
        people, population = read_data("people"), self.world.population
        region = people["regions"][int(population.region[account])]
        bio = people["bios"][scatter(account, 1, len(people["bios"]))]
        fields: list[dict[str, Any]] = []
        if organisation:
            site = f"https://{self.world.handle(account)}.example"
            fields.append({"name": "官网", "value": site, "verified_at": iso(self.world.start)})
            return f"<p>{self.world.nick(account)}官方账号</p>", fields
        if population.region_shown[account]:
            if scatter(account, 2, 10) < 9:
                name = ("所在地", "地区", "坐标")[scatter(account, 3, 3)]
                fields.append({"name": name, "value": region, "verified_at": None})
            else:
                bio = f"坐标{region}，{bio}"
        return f"<p>{html_text(bio)}</p>", fields

    def _status(self, post: int) -> bytes:
        return orjson.dumps(self._status_entity(post, with_quote=True))

    def _status_entity(self, post: int, with_quote: bool) -> dict[str, Any]:
        world, posts = self.world, self.world.micro.posts
        draft = world.micro.writer.draft(post)
        author, answered, origin = (
            int(posts.author[post]),
            int(posts.reply_to[post]),
            int(posts.repost_of[post]),
        )
        status_id = str(self.ids[post])
        entity: dict[str, Any] = {
            "id": status_id,
            "uri": f"{self.base}/users/{world.handle(author)}/statuses/{status_id}",
            "url": f"{self.account_url(author)}/{status_id}",
            "created_at": iso_ms(int(posts.at_ms[post])),
            "account": orjson.Fragment(self.account[author]),
            "content": self._content(draft),
            "visibility": VISIBILITY.get(int(posts.visibility[post]), "private"),
            "sensitive": False,
            "spoiler_text": "",
            "media_attachments": [],
            "application": {"name": "Web", "website": None},
            "mentions": [self._mention(named) for named in _named(draft)],
            "tags": [{"name": tag, "url": self._tag_url[tag]} for tag in draft.hashtags],
            "emojis": [],
            "reblogs_count": int(self._boosted[post]),
            "favourites_count": scatter(post, 5, 40) * scatter(post, 6, 4),
            "quotes_count": int(self._quoted[post]),
            "replies_count": int(self._replies[post]),
            "in_reply_to_id": str(self.ids[answered]) if answered >= 0 else None,
            "in_reply_to_account_id": world.native_id(int(posts.author[answered])) if answered >= 0 else None,
            "reblog": None,
            "poll": None,
            "card": None,
            "language": "zh",
            "edited_at": None,
            "quote": None,
        }
        if origin >= 0 and with_quote:
            entity["quote"] = {
                "state": "accepted",
                "quoted_status": self._status_entity(origin, with_quote=False),
            }
        return entity

    def boost(self, boost: int) -> bytes:
        """A reblog: an empty status that holds the other one."""
        world, boosts = self.world, self.world.boosts
        author, target = int(boosts.author[boost]), int(boosts.target[boost])
        entity = self._status_entity(target, with_quote=True)
        original = orjson.Fragment(self.status[target])
        status_id, handle = str(self.boost_ids[boost]), world.handle(author)
        return orjson.dumps(
            entity
            | {
                "id": status_id,
                "uri": f"{self.base}/users/{handle}/statuses/{status_id}/activity",
                "url": None,
                "created_at": iso_ms(int(boosts.at_ms[boost])),
                "account": orjson.Fragment(self.account[author]),
                "in_reply_to_id": None,
                "in_reply_to_account_id": None,
                "reblog": original,
                "quote": None,
            }
        )

    def _mention(self, account: int) -> dict[str, str]:
        handle = self.world.handle(account)
        native = self.world.native_id(account)
        return {"id": native, "username": handle, "acct": handle, "url": self.account_url(account)}

    def _content(self, draft: Draft) -> str:
        parts: list[str] = []
        if draft.answers >= 0:
            parts.append(self._anchor[draft.answers])
        parts.append(html_text(draft.text))
        if draft.chain:
            parts[-1] += f"//{self._anchor[draft.chain[0]]}：{html_text(draft.chain[1])}"
        if draft.mention >= 0:
            parts.append(self._anchor[draft.mention])
        parts.extend(
            f'<a href="{self._tag_url[tag]}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
            for tag in draft.hashtags
        )
        return f"<p>{' '.join(parts)}</p>"

    def _make_anchor(self, account: int) -> str:
        url, handle = self.account_url(account), self.world.handle(account)
        return f'<span class="h-card"><a href="{url}" class="u-url mention">@<span>{handle}</span></a></span>'


def _named(draft: Draft) -> list[int]:
    """Accounts that a status mentions, each once."""
    named = [draft.answers, draft.mention, draft.chain[0] if draft.chain else -1]
    return list(dict.fromkeys(account for account in named if account >= 0))

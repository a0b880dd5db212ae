"""The microblog: the part of Mastodon's API that a reader without a token can use."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote, urlencode

import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import Response

from ..lexicon import load_vocabulary
from ..posts import PRIVATE, PUBLIC
from ..rhythm import Array
from ..world import World
from .common import Options, json_list, json_response, make_app
from .statuses import BOOST_BIT, Entities

DAY = 86_400
MISSING = {"error": "Record not found"}


class Timelines:
    """Which statuses stand in which timeline, as rising arrays of ids."""

    def __init__(self, world: World, entities: Entities) -> None:
        self.world, self.entities = world, entities
        self.public: Array = entities.ids[world.micro.posts.visibility == PUBLIC]
        self._boosts_by_author = np.argsort(world.boosts.author, kind="stable")
        self._boost_authors = world.boosts.author[self._boosts_by_author]

    @cached_property
    def tags(self) -> dict[str, Array]:
        """Lower-case hashtag to positions of public posts."""
        posts, words = self.world.micro.posts, load_vocabulary().words
        public = posts.visibility == PUBLIC
        rows = np.flatnonzero(public & (posts.tag >= 0) & (posts.event < 0))
        rows = rows[np.argsort(posts.tag[rows], kind="stable")]
        present, starts = np.unique(posts.tag[rows], return_index=True)
        found: dict[str, list[Array]] = {}
        for tag, part in zip(present, np.split(rows, starts[1:]), strict=True):
            found.setdefault(words[tag].lower(), []).append(part)
        for row in np.flatnonzero(public & (posts.event >= 0)):
            for name in self.world.micro.writer.tags_of(int(row)):
                found.setdefault(name.lower(), []).append(np.array([row]))
        return {name: np.sort(np.concatenate(parts)) for name, parts in found.items()}

    def of_account(self, account: int, boosts: bool, replies: bool) -> Array:
        """Ids of what shows on an account's page."""
        posts = self.world.micro.posts
        rows = self.entities.posts_of(account)
        rows = rows[posts.visibility[rows] != PRIVATE]
        if not replies:
            rows = rows[posts.reply_to[rows] < 0]
        ids: Array = self.entities.ids[rows]
        if boosts:
            low, high = np.searchsorted(self._boost_authors, [account, account + 1])
            ids = np.sort(np.concatenate([ids, self.entities.boost_ids[self._boosts_by_author[low:high]]]))
        return ids

    def fragment(self, status_id: int) -> bytes | None:
        """The status with an id, or None."""
        if status_id & BOOST_BIT:
            found = np.flatnonzero(self.entities.boost_ids == status_id)
            return self.entities.boost(int(found[0])) if len(found) else None
        post = int(np.searchsorted(self.entities.ids, status_id))
        known = post < len(self.entities.ids) and int(self.entities.ids[post]) == status_id
        return self.entities.status[post] if known else None


class BadParameter(ValueError):
    """A query parameter that is no number."""


def number(request: Request, name: str) -> int | None:
    """A numeric query parameter; absent or empty is None."""
    text = request.query_params.get(name)
    if not text:
        return None
    if not text.isdigit():
        raise BadParameter(name)
    return int(text)


def cut(ids: Array, request: Request, default: int, most: int) -> Array:
    """One page of rising ``ids``, newest first, by ``limit``, ``max_id``, ``since_id`` and ``min_id``."""
    limit = max(1, min(most, number(request, "limit") or default))
    max_id, since_id, min_id = (number(request, name) for name in ("max_id", "since_id", "min_id"))
    high = len(ids) if max_id is None else int(np.searchsorted(ids, max_id))
    floor = max(since_id or 0, min_id or 0)
    low = int(np.searchsorted(ids, floor, side="right")) if floor else 0
    low, high = (low, min(high, low + limit)) if min_id is not None else (max(low, high - limit), high)
    return ids[low:high][::-1]


def paged(request: Request, base: str, page: Array, body: list[bytes]) -> Response:
    """A page with the Link header that leads to older and newer ones."""
    response = Response(json_list(body), media_type="application/json")
    if len(page):
        kept = [
            (k, v) for k, v in request.query_params.multi_items() if k not in ("max_id", "since_id", "min_id")
        ]
        path = f"{base}{quote(request.url.path)}"
        older, newer = urlencode([*kept, ("max_id", page[-1])]), urlencode([*kept, ("min_id", page[0])])
        response.headers["Link"] = f'<{path}?{older}>; rel="next", <{path}?{newer}>; rel="prev"'
    return response


def create_mastodon(world: World, base_url: str, options: Options | None = None) -> FastAPI:
    """The microblog's server at ``base_url``."""
    app = make_app("sandbox microblog", options or Options())
    entities = Entities(world, base_url)
    timelines = Timelines(world, entities)

    def statuses(request: Request, ids: Array) -> Response:
        page = cut(ids, request, 20, 40)
        return paged(request, base_url, page, [timelines.fragment(int(i)) or b"null" for i in page])

    def account_of(native_id: str) -> int | None:
        account = (int(native_id) - 110_000_000_000_000_000) // 65_537 if native_id.isdigit() else -1
        known = 0 <= account < world.population.micro and world.native_id(account) == native_id
        return account if known else None

    @app.exception_handler(BadParameter)
    async def bad_parameter(_: Request, error: BadParameter) -> Response:
        return json_response({"error": f"{error} is not a number"}, 400)

    @app.get("/api/v1/timelines/public")
    async def public(request: Request) -> Response:
        return statuses(request, timelines.public)

    @app.get("/api/v1/timelines/tag/{hashtag}")
    async def tag(request: Request, hashtag: str) -> Response:
        rows = timelines.tags.get(hashtag.lower())
        return statuses(request, entities.ids[rows] if rows is not None else timelines.public[:0])

    @app.get("/api/v1/accounts/lookup")
    async def lookup(acct: str = "") -> Response:
        account = world.accounts_by_handle.get(acct.lstrip("@").lower())
        if account is None or account >= world.population.micro:
            return json_response(MISSING, 404)
        return Response(entities.account[account], media_type="application/json")

    @app.get("/api/v1/accounts/{native_id}")
    async def account_page(native_id: str) -> Response:
        account = account_of(native_id)
        if account is None:
            return json_response(MISSING, 404)
        return Response(entities.account[account], media_type="application/json")

    @app.get("/api/v1/accounts/{native_id}/statuses")
    async def account_statuses(request: Request, native_id: str) -> Response:
        account = account_of(native_id)
        if account is None:
            return json_response(MISSING, 404)
        shown = {
            name: request.query_params.get(f"exclude_{name}") not in ("true", "1")
            for name in ("reblogs", "replies")
        }
        return statuses(request, timelines.of_account(account, shown["reblogs"], shown["replies"]))

    @app.get("/api/v1/accounts/{native_id}/{direction}")
    async def follow_list(request: Request, native_id: str, direction: str) -> Response:
        account = account_of(native_id)
        if account is None or direction not in ("followers", "following"):
            return json_response(MISSING, 404)
        follows = world.follows.followers if direction == "followers" else world.follows.following
        listed = follows(account)
        if world.population.hides_follows[account]:
            listed = listed[:0]
        page = cut(np.arange(1, len(listed) + 1), request, 40, 80)
        return paged(request, base_url, page, [entities.account[int(listed[i - 1])] for i in page])

    @app.get("/api/v1/statuses/{status_id}")
    async def status(status_id: str) -> Response:
        found = timelines.fragment(int(status_id)) if status_id.isdigit() else None
        if found is None or b'"visibility":"private"' in found:
            return json_response(MISSING, 404)
        return Response(found, media_type="application/json")

    _add_instance(app, world, base_url)
    _add_tags(app, world, base_url, timelines)
    return app


def _add_instance(app: FastAPI, world: World, base_url: str) -> None:
    """What the server says of itself."""

    @app.get("/api/v2/instance")
    async def instance() -> Response:
        access = {"live_feeds": {"local": "public", "remote": "public"}, "hashtag_feeds": {"local": "public"}}
        return json_response(
            {
                "domain": base_url.split("//")[1],
                "title": "人群沙盒",
                "version": "4.4.0",
                "source_url": base_url,
                "description": "Synthetic accounts and posts; nobody here exists.",
                "usage": {"users": {"active_month": world.population.micro}},
                "languages": ["zh"],
                "configuration": {"timelines_access": access},
                "registrations": {"enabled": False},
            }
        )


def _add_tags(app: FastAPI, world: World, base_url: str, timelines: Timelines) -> None:
    """Tags with their daily uses; every figure is a string, as Mastodon has it."""
    posts = world.micro.posts
    newest = int(world.end.timestamp()) // DAY * DAY - DAY

    def entity(name: str) -> dict[str, object]:
        rows = timelines.tags.get(name.lower(), np.zeros(0, dtype=np.int64))
        day = posts.at_ms[rows] // 1000 // DAY * DAY
        history = []
        for back in range(7):
            hit = rows[day == newest - back * DAY]
            accounts = len(np.unique(posts.author[hit]))
            history.append(
                {"day": str(newest - back * DAY), "uses": str(len(hit)), "accounts": str(accounts)}
            )
        return {"name": name, "url": f"{base_url}/tags/{name}", "history": history}

    @app.get("/api/v1/trends/tags")
    async def trends(limit: int = 10, offset: int = 0) -> Response:
        week = (newest - 6 * DAY) * 1000
        heat = {name: int((posts.at_ms[rows] >= week).sum()) for name, rows in timelines.tags.items()}
        names = sorted(heat, key=lambda name: (-heat[name], name))[offset : offset + min(20, limit)]
        return json_response([entity(name) for name in names])

    @app.get("/api/v1/tags/{name}")
    async def tag_page(name: str) -> Response:
        return json_response(entity(name))

"""The forum: Discourse's public JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from ..lexicon import read_data
from ..rhythm import Array
from ..world import World
from .common import BoundedCache, Options, html_text, iso, iso_ms, json_response, make_app, scatter

PER_PAGE = 30
FIRST_POSTS = 20
PostIds = Annotated[Sequence[int], Query(alias="post_ids[]")]
MISSING = {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}


class Forum:
    """Renders topics, posts and users of the forum."""

    def __init__(self, world: World, base_url: str) -> None:
        self.world, self.base = world, base_url
        topics, posts = world.topics, world.forum.posts
        self.count = len(topics.board)
        self.last_post: Array = topics.posts[topics.starts[1:] - 1] if self.count else topics.posts
        self.latest: Array = np.argsort(-posts.at_ms[self.last_post], kind="stable")
        self.boards = ["与".join(group) for group in read_data("people")["communities"]]
        self.by_author = np.argsort(posts.author, kind="stable")
        self.authors = posts.author[self.by_author]
        self.post = BoundedCache(self._post, 40_000)
        self.topic_row = BoundedCache(self._topic_row, 40_000)

    def posts_of(self, topic: int) -> Array:
        """Positions of a topic's posts, oldest first."""
        topics = self.world.topics
        found: Array = topics.posts[topics.starts[topic] : topics.starts[topic + 1]]
        return found

    def user(self, account: int) -> dict[str, Any]:
        """The short form of a user that stands in lists."""
        handle = self.world.handle(account)
        picture = f"/user_avatar/sandbox/{handle.lower()}/{{size}}/1.png"
        return {
            "id": account + 1,
            "username": handle,
            "name": self.world.nick(account),
            "avatar_template": picture,
        }

    def topic_fields(self, topic: int) -> dict[str, Any]:
        """What lists and topic pages both show of a topic."""
        world, posts = self.world, self.world.forum.posts
        rows = self.posts_of(topic)
        title = world.forum.writer.title(topic)
        return {
            "id": world.topic_id(topic),
            "title": title,
            "fancy_title": title,
            "slug": "topic",
            "posts_count": len(rows),
            "reply_count": int((posts.reply_to[rows] >= 0).sum()),
            "highest_post_number": len(rows),
            "created_at": iso_ms(int(posts.at_ms[rows[0]])),
            "last_posted_at": iso_ms(int(posts.at_ms[rows[-1]])),
            "archetype": "regular",
            "pinned": False,
            "visible": True,
            "closed": False,
            "archived": False,
            "tags": [],
            "views": len(rows) * (5 + scatter(topic, 1, 40)),
            "like_count": scatter(topic, 2, 30),
            "category_id": int(world.topics.board[topic]) + 1,
            "featured_link": None,
        }

    def _topic_row(self, topic: int) -> bytes:
        posts = self.world.forum.posts
        rows = self.posts_of(topic)
        first, last = int(posts.author[rows[0]]), int(posts.author[rows[-1]])
        fields = self.topic_fields(topic)
        return orjson.dumps(
            fields
            | {
                "image_url": None,
                "bumped": True,
                "bumped_at": fields["last_posted_at"],
                "unseen": False,
                "has_summary": False,
                "last_poster_username": self.world.handle(last),
                "pinned_globally": False,
                "posters": [
                    {
                        "extras": None,
                        "description": "原始发帖人",
                        "user_id": first + 1,
                        "primary_group_id": None,
                    },
                    {
                        "extras": "latest",
                        "description": "最新发帖人",
                        "user_id": last + 1,
                        "primary_group_id": None,
                    },
                ],
            }
        )

    def listing(self, order: Array, page: int, path: str) -> Response:
        """A page of topics in the given order."""
        chosen = order[page * PER_PAGE : (page + 1) * PER_PAGE]
        posts, topics = self.world.forum.posts, self.world.topics
        ends = [topics.posts[topics.starts[chosen]], self.last_post[chosen]] if len(chosen) else []
        people = np.unique(posts.author[np.concatenate(ends)]).tolist() if ends else []
        topic_list: dict[str, Any] = {
            "can_create_topic": False,
            "per_page": PER_PAGE,
            "topics": [orjson.Fragment(self.topic_row[int(topic)]) for topic in chosen],
        }
        if (page + 1) * PER_PAGE < len(order):
            topic_list["more_topics_url"] = f"{path}?no_definitions=true&page={page + 1}"
        users = [self.user(account) for account in people]
        return json_response({"users": users, "primary_groups": [], "topic_list": topic_list})

    def _post(self, post: int) -> bytes:
        world, posts, topics = self.world, self.world.forum.posts, self.world.topics
        author, answered = int(posts.author[post]), int(posts.reply_to[post])
        style = scatter(post, 3, 10)
        entity = self.user(author) | {
            "id": world.post_id(post),
            "created_at": iso_ms(int(posts.at_ms[post])),
            "cooked": self._cooked(post, style),
            "post_number": int(topics.number[post]),
            "post_type": 1,
            "updated_at": iso_ms(int(posts.at_ms[post])),
            "reply_count": 0,
            "reply_to_post_number": int(topics.number[answered]) if answered >= 0 else None,
            "quote_count": int(answered >= 0 and style < 3),
            "reads": 3 + scatter(post, 4, 90),
            "score": 1.0 + scatter(post, 5, 30),
            "topic_id": world.topic_id(int(topics.topic_of[post])),
            "topic_slug": "topic",
            "display_username": world.nick(author),
            "version": 1,
            "link_counts": [],
            "user_title": None,
            "actions_summary": [{"id": 2, "count": scatter(post, 6, 12)}],
            "moderator": False,
            "admin": False,
            "staff": False,
            "user_id": author + 1,
            "hidden": False,
            "trust_level": 1 + scatter(author, 7, 3),
            "deleted_at": None,
            "user_deleted": False,
            "edit_reason": None,
            "wiki": False,
        }
        if answered >= 0:
            entity["reply_to_user"] = self.user(int(posts.author[answered]))
        return orjson.dumps(entity)

    def _cooked(self, post: int, style: int) -> str:
        """HTML of a post; some answers quote the other post, some name its author."""
        world, posts = self.world, self.world.forum.posts
        draft = world.forum.writer.draft(post)
        body = html_text(draft.text)
        answered = int(posts.reply_to[post])
        if answered < 0:
            return f"<p>{body}</p>"
        name = world.handle(int(posts.author[answered]))
        if style < 3:
            quoted = html_text(world.forum.writer.draft(answered).text.split("\n")[0][:60])
            place = f'data-post="{world.topics.number[answered]}" data-topic="{world.topic_id(int(world.topics.topic_of[post]))}"'
            aside = f'<aside class="quote no-group" data-username="{name}" {place}>'
            title = f'<div class="title"><div class="quote-controls"></div>{name}:</div>'
            return f"{aside}{title}<blockquote><p>{quoted}</p></blockquote></aside><p>{body}</p>"
        if style < 6:
            return f'<p><a class="mention" href="/u/{name.lower()}">@{name}</a> {body}</p>'
        return f"<p>{body}</p>"

    def topic_page(self, topic: int) -> Response:
        """The topic, its first posts, and the ids of all."""
        world, posts = self.world, self.world.forum.posts
        rows = self.posts_of(topic)
        people, counts = np.unique(posts.author[rows], return_counts=True)
        members = [self.user(int(a)) | {"post_count": int(c)} for a, c in zip(people, counts, strict=True)]
        return json_response(
            self.topic_fields(topic)
            | {
                "post_stream": {
                    "posts": [orjson.Fragment(self.post[int(row)]) for row in rows[:FIRST_POSTS]],
                    "stream": [world.post_id(int(row)) for row in rows],
                },
                "timeline_lookup": [[1, 0]],
                "suggested_topics": [],
                "word_count": 60 * len(rows),
                "deleted_at": None,
                "user_id": int(posts.author[rows[0]]) + 1,
                "participant_count": len(people),
                "details": {
                    "created_by": self.user(int(posts.author[rows[0]])),
                    "last_poster": self.user(int(posts.author[rows[-1]])),
                    "participants": members,
                },
            }
        )

    def profile(self, account: int) -> Response:
        """A user's page; a hidden profile in the short shape of Discourse's hidden serializer."""
        world, population = self.world, self.world.population
        short = self.user(account)
        if population.noindex[account]:
            hidden = {"profile_hidden": True, "title": None, "primary_group_name": None}
            return json_response({"user": short | hidden | {"can_send_private_message_to_user": False}})
        low, high = np.searchsorted(self.authors, [account, account + 1])
        rows = self.by_author[low:high]
        last = iso_ms(int(world.forum.posts.at_ms[rows[-1]])) if len(rows) else None
        people = read_data("people")
        user: dict[str, Any] = short | {
            "last_posted_at": last,
            "last_seen_at": last,
            "created_at": iso(world.start) if not population.new[account] else last,
            "trust_level": 1 + scatter(account, 7, 3),
            "moderator": False,
            "admin": False,
            "title": None,
            "badge_count": scatter(account, 8, 6),
            "user_fields": {},
            "custom_fields": {},
            "time_read": 3600,
            "profile_view_count": scatter(account, 9, 300),
            "bio_excerpt": people["bios"][scatter(account, 1, len(people["bios"]))],
            "post_count": len(rows),
        }
        if population.region_shown[account]:
            user["location"] = people["regions"][int(population.region[account])]
        return json_response({"user_badges": [], "user": user})


def create_discourse(world: World, base_url: str, options: Options | None = None) -> FastAPI:
    """The forum's server at ``base_url``."""
    app = make_app("sandbox forum", options or Options())
    forum = Forum(world, base_url)

    def topic_of(topic_id: int) -> int | None:
        topic = topic_id - world.topic_id(0)
        return topic if 0 <= topic < forum.count else None

    @app.get("/latest.json")
    async def latest(page: int = 0) -> Response:
        return forum.listing(forum.latest, max(0, page), "/latest")

    @app.get("/latest")
    async def latest_more(page: int = 0) -> Response:
        return forum.listing(forum.latest, max(0, page), "/latest")

    @app.get("/c/{slug}/{category_id}.json")
    async def category(slug: str, category_id: int, page: int = 0) -> Response:
        order = forum.latest[world.topics.board[forum.latest] == category_id - 1]
        return forum.listing(order, max(0, page), f"/c/{slug}/{category_id}.json")

    @app.get("/t/{topic_id}/posts.json")
    async def topic_posts(topic_id: int, post_ids: PostIds = ()) -> Response:
        topic = topic_of(topic_id)
        if topic is None:
            return json_response(MISSING, 404)
        wanted = {post_id - world.post_id(0) for post_id in post_ids}
        rows = [row for row in forum.posts_of(topic).tolist() if row in wanted]
        posts = [orjson.Fragment(forum.post[row]) for row in rows]
        return json_response({"post_stream": {"posts": posts}, "id": topic_id})

    @app.get("/t/{topic_id}.json")
    async def topic_page(topic_id: int) -> Response:
        topic = topic_of(topic_id)
        return json_response(MISSING, 404) if topic is None else forum.topic_page(topic)

    @app.get("/t/{slug}/{topic_id}.json")
    async def topic_page_with_slug(slug: str, topic_id: int) -> Response:
        return await topic_page(topic_id)

    @app.get("/u/{name}.json")
    async def user(name: str) -> Response:
        account = world.accounts_by_handle.get(name.lower())
        if account is None or account < world.population.micro:
            return json_response(MISSING, 404)
        return forum.profile(account)

    @app.get("/categories.json")
    async def categories(request: Request) -> Response:
        topics = np.bincount(world.topics.board, minlength=len(forum.boards))
        listed = [
            {
                "id": i + 1,
                "name": name,
                "slug": f"board-{i + 1}",
                "topic_count": int(topics[i]),
                "read_restricted": False,
            }
            for i, name in enumerate(forum.boards)
        ]
        return json_response({"category_list": {"can_create_category": False, "categories": listed}})

    return app

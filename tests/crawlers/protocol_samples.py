"""Answers of Mastodon and Discourse, as their parsers are given them."""

from __future__ import annotations

URL = "http://127.0.0.1:9/x.json"
AMY = {
    "id": "7",
    "acct": "Amy",
    "note": "<p>爱<br>露营</p>",
    "fields": [{"name": "所在地", "value": "<span>上海</span>"}, {"name": "性别", "value": "女"}],
    "followers_count": -1,
    "following_count": 3,
    "created_at": "2025-01-01T00:00:00.000Z",
    "indexable": True,
}
STATUS = {
    "id": "1",
    "created_at": "2025-03-02T08:00:00.000Z",
    "account": AMY,
    "visibility": "public",
    "content": '<p>和 <span class="h-card"><a href="https://b/@bob" class="u-url mention">@<span>bob</span></a></span> 去</p>',
    "mentions": [{"id": "9", "username": "bob", "acct": "bob@b", "url": "https://b/@bob"}],
    "tags": [{"name": "露营"}],
    "favourites_count": 4,
    "in_reply_to_id": "5",
    "in_reply_to_account_id": "9",
}
POST = {
    "id": 11,
    "username": "Lee",
    "created_at": "2025-03-02T08:00:00Z",
    "cooked": "<p>新人报到</p>",
    "post_number": 1,
    "actions_summary": [{"id": 2, "count": 6}],
}
ANSWER = POST | {
    "id": 12,
    "username": "Kim",
    "post_number": 2,
    "reply_to_post_number": 1,
    "cooked": '<aside class="quote" data-username="Lee" data-post="1"><div class="title">Lee:</div>'
    '<blockquote><p>新人</p></blockquote></aside><p>欢迎 <a class="mention" href="/u/zoe">@Zoe</a></p>',
}
TOPIC = {
    "id": 3,
    "title": "你好",
    "tags": ["a", {"name": "b"}],
    "post_stream": {"posts": [POST, ANSWER], "stream": [11, 12, 13, 14]},
}

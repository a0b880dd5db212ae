"""The spiders by name: what ``renqun crawl NAME`` runs. Free of heavy imports, since the command line reads it."""

from __future__ import annotations

SPIDERS = {
    "discourse": "crawlers.spiders.discourse.DiscourseSpider",
    "discuz": "crawlers.spiders.discuz.DiscuzSpider",
    "feed": "crawlers.spiders.feed.FeedSpider",
    "forum": "crawlers.spiders.forum.HtmlForumSpider",
    "hotlist": "crawlers.spiders.hotlist.HotlistSpider",
    "keywords": "crawlers.spiders.keywords.KeywordsSpider",
    "mastodon": "crawlers.spiders.mastodon.MastodonSpider",
    "nodebb": "crawlers.spiders.nodebb.NodebbSpider",
    "weibo": "crawlers.spiders.weibo.WeiboSpider",
}

FRONTIER = "RENQUN_FRONTIER"  # the environment's variable for the address of a shared frontier


def spider_of(kind: str) -> str | None:
    """The spider that crawls sources of a policy entry's ``kind``; None for what is imported from files."""
    if kind in SPIDERS:
        return kind
    from crawlers.protocols.forum_file import shipped

    return "forum" if kind in shipped() else None

"""What the files of all Weibo crawlers share: posts and the facts about their authors, from columns of text.

Posts and people have Weibo's own ids in every format, so that a post that two crawlers saved is one post. Times are
those of the site, UTC+8 unless the policy entry or ``--timezone`` says otherwise.
"""

from __future__ import annotations

import polars as pl

from crawlers.importers.values import Values

NEEDS = {
    "native_id": "the row has no post id, or one that a spreadsheet has rounded",
    "author_native_id": "the row has no user id, or one that a spreadsheet has rounded",
    "created_at": "the row has no time that can be read",
}
# The item names that ``posts`` reads.
ITEMS = (
    *("id", "user_id", "screen_name", "text", "topics", "at_users", "full_created_at", "created_at"),
    *("attitudes_count", "comments_count", "reposts_count"),
)
_ORGANISATIONS = [
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
]  # verified_type: government, company, media, school, site, app, club
_BADGES = ["蓝V", "黄V", "红V", "金V"]


def posts(values: Values, zone: str, board: str | None = None) -> pl.DataFrame:
    """Raw posts of rows under the item names of weibo-crawler and weibo-search."""
    height = values.frame.height
    return pl.DataFrame(
        [
            values.id("id").alias("native_id"),
            values.id("user_id").alias("author_native_id"),
            values.text("screen_name").alias("author_handle"),
            values.moment(zone, "full_created_at", "created_at").alias("created_at"),
            values.text("text").alias("text"),
            pl.Series("board", [board], pl.String).new_from_index(0, height),
            values.listed("topics").alias("hashtags"),
            values.mentions("at_users").alias("mentions"),
            values.id("retweet_id").alias("repost_of_native_id"),
            values.count("attitudes_count").alias("likes"),
            values.count("comments_count").alias("replies"),
            values.count("reposts_count").alias("reposts"),
        ]
    )


def comments(values: Values, zone: str) -> pl.DataFrame:
    """Raw posts of comments on posts: replies to the post, or to the comment that they stand under.

    A commenter that the file names without a number is known by the nickname, as people in texts are.
    """
    nickname = values.text("user_screen_name")
    root = values.id("root_id")
    above = values.frame.select(
        pl.when(root.is_not_null() & (root != "0") & (root != values.id("id"))).then(root)
    )
    return pl.DataFrame(
        [
            comment_id(values.id("id")).alias("native_id"),
            values.id("user_id").fill_null(nickname.str.to_lowercase()).alias("author_native_id"),
            nickname.alias("author_handle"),
            values.moment(zone, "created_at").alias("created_at"),
            values.text("text").alias("text"),
            comment_id(above.to_series()).fill_null(values.id("weibo_id")).alias("reply_to_native_id"),
            values.count("like_count").alias("likes"),
        ]
    )


def comment_id(ids: pl.Series) -> pl.Series:
    """The native id of a comment: of posts and comments the numbers may be the same."""
    return ids.to_frame("id").select(pl.format("comment:{}", "id").alias("id"))["id"]


def profiles(values: Values, zone: str) -> pl.DataFrame:
    """Raw accounts of user rows. The declared place goes before the one that the site tells from the address."""
    verified = values.flag("verified")
    kind = values.text("verified_type")
    organisation = (verified & kind.is_in(_ORGANISATIONS)).fill_null(False)
    return pl.DataFrame(
        [
            values.id("id").alias("native_id"),
            values.text("screen_name", "nick_name").alias("handle"),
            values.text("screen_name", "nick_name").alias("name"),
            values.text("profile_url", "main_page_url").alias("url"),
            values.text("description", "bio").alias("bio"),
            values.region("location", "ip_location").alias("region"),
            values.text("gender").alias("gender"),
            values.text("birthday").alias("birthday"),
            values.text("education", "edu").alias("education"),
            verified.alias("verified"),
            _kind(organisation),
            values.count("followers_count", "follower_count").alias("followers_count"),
            values.count("follow_count").alias("following_count"),
            values.count("statuses_count").alias("posts_count"),
            values.moment(zone, "registration_time", "reg_date").alias("registered_at"),
        ]
    )


def glimpses(values: Values) -> pl.DataFrame | None:
    """What rows of posts tell of their authors in passing: the badge and the place of the address."""
    badge, region = values.text("user_authentication"), values.region("ip", "ip_location")
    told = badge.is_in(_BADGES).fill_null(False) | region.is_not_null()
    if not told.any():
        return None
    accounts = pl.DataFrame(
        [
            values.id("user_id").alias("native_id"),
            values.text("screen_name", "nickname").alias("handle"),
            values.text("screen_name", "nickname").alias("name"),
            region.alias("region"),
            badge.is_in(_BADGES).alias("verified"),
            _kind((badge == "蓝V").fill_null(False)),
            values.text("gender").alias("gender"),
        ]
    )
    kept = accounts.filter(told & accounts["native_id"].is_not_null())
    return kept.unique("native_id", keep="last", maintain_order=True)


def _kind(organisation: pl.Series) -> pl.Series:
    said = organisation.to_frame("is").select(
        pl.when("is").then(pl.lit("organisation")).otherwise(pl.lit("person")).alias("kind")
    )
    return said["kind"]

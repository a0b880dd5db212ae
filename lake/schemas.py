"""The tables of the lake: columns, keys and partitions. Times are UTC microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table: its schema, the columns that make a row unique, and how its files are split."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    partition_by: tuple[str, ...] = ()
    in_vault: bool = False


def _schema(columns: dict[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


# Every collected row says where it came from, by which run, when, and under which policy.
_PROVENANCE = {"source": pa.string(), "run_id": pa.string(), "collected_at": TIME, "policy_id": pa.string()}
_BY_SOURCE_MONTH = ("source", "month")

POSTS = Table(
    "posts",
    _schema(
        {
            "id": pa.string(),  # "p" + 32 hex, keyed pseudonym
            "account_id": pa.string(),  # "u" + 32 hex
            "created_at": TIME,
            "month": pa.string(),  # "2026-08", from created_at
            "text": pa.string(),  # redacted plain text; mentions are "@u<32 hex>"
            "title": pa.string(),
            "lang": pa.string(),
            "board": pa.string(),  # forum category or tag timeline, where the source has one
            "hashtags": STRINGS,
            "kind": pa.string(),  # post | reply | repost
            "reply_to_id": pa.string(),
            "reply_to_account_id": pa.string(),
            "repost_of_id": pa.string(),
            "repost_of_account_id": pa.string(),
            "mention_ids": STRINGS,
            "likes": pa.int64(),
            "replies": pa.int64(),
            "reposts": pa.int64(),
            "searchable": pa.bool_(),  # false: counts in aggregates, never searched nor shown as evidence
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=_BY_SOURCE_MONTH,
)

ACCOUNTS = Table(
    "accounts",
    _schema(
        {
            "id": pa.string(),
            "kind": pa.string(),  # person | organisation | media | brand | bot
            "public": pa.bool_(),  # brands and media of brands.toml, organisations the source verifies
            "name": pa.string(),  # only where public
            "bio": pa.string(),  # redacted
            "region": pa.string(),  # self-declared
            "gender": pa.string(),  # self-declared: f | m
            "age_band": pa.string(),  # from a stated birthday, 18+ only
            "education": pa.string(),
            "occupation": pa.string(),
            "verified": pa.bool_(),
            "followers_count": pa.int64(),
            "following_count": pa.int64(),
            "posts_count": pa.int64(),
            "registered_at": TIME,
            "last_active_at": TIME,
            "listable": pa.bool_(),  # false: never listed as member, influencer or lookalike
            "edges_visible": pa.bool_(),  # false: its follow lists are hidden, no edges are kept
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=("source",),
)

EDGES = Table(
    "edges",
    _schema(
        {
            "src": pa.string(),
            "dst": pa.string(),
            "kind": pa.string(),  # follow | mention | reply | repost
            "post_id": pa.string(),  # empty for follow
            "at": TIME,  # the post's time; for follow, when it was first seen
            "last_at": TIME,  # for follow, when it was last seen; else as "at"
            "month": pa.string(),
            **_PROVENANCE,
        }
    ),
    key=("kind", "src", "dst", "post_id"),
    partition_by=_BY_SOURCE_MONTH,
)

KEYWORDS = Table(
    "keywords",
    _schema(
        {
            "term": pa.string(),
            "at": TIME,
            "grain": pa.string(),  # hour | day
            "month": pa.string(),
            "rank": pa.int32(),
            "volume": pa.float64(),  # heat or search index, in the source's own unit
            "category": pa.string(),
            "description": pa.string(),
            "related": STRINGS,
            "advert": pa.bool_(),
            # of the topic's own page, as last seen; null where the source shows none
            "reads": pa.int64(),
            "discussions": pa.int64(),
            "originals": pa.int64(),  # posts that are no reposts
            **_PROVENANCE,
        }
    ),
    key=("source", "grain", "term", "at"),
    partition_by=_BY_SOURCE_MONTH,
)

TOUCHPOINTS = Table(
    "touchpoints",
    _schema(
        {
            "id": pa.string(),  # "t" + 32 hex
            "account_id": pa.string(),  # where the row names an account
            "customer_id": pa.string(),  # as the user's own system writes it
            "at": TIME,
            "month": pa.string(),
            "kind": pa.string(),  # purchase | answer | visit | contact | service | other
            "what": pa.string(),  # product, question, message …; redacted, like all words here
            "amount": pa.float64(),  # in the user's currency, never negative: a refund has the outcome refund
            "place": pa.string(),
            "channel": pa.string(),
            "promotion": pa.string(),
            "outcome": pa.string(),  # refund, or what the user's own system says
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=_BY_SOURCE_MONTH,
)

LINKS = Table(
    "links",
    _schema({"customer_id": pa.string(), "account_id": pa.string(), **_PROVENANCE}),
    key=("customer_id", "account_id"),
)

RUNS = Table(
    "runs",
    _schema(
        {
            "run_id": pa.string(),
            "kind": pa.string(),  # crawl | import | snapshot
            "spider": pa.string(),  # spider or importer name
            "source": pa.string(),
            "policy_id": pa.string(),
            "at": TIME,  # what moment the run covers; for a snapshot, its hour
            "started_at": TIME,
            "ended_at": TIME,
            "status": pa.string(),  # running | ok | failed | blocked | empty | truncated
            "message": pa.string(),
            "asked": pa.int64(),
            "fetched": pa.int64(),
            "forbidden": pa.int64(),
            "blocked": pa.int64(),
            "empty": pa.int64(),
            "truncated": pa.int64(),
            "rejected": pa.int64(),
            "rows": pa.int64(),
            "new": pa.int64(),  # posts that no earlier run had kept
            "updated": pa.int64(),  # posts that an earlier run had kept with other words
            "completeness": pa.string(),  # JSON: {"posts.region": 0.93, ...}
            "decisions": pa.string(),  # JSON: {"robotstxt/forbidden": 3, "optout/noindex": 1, ...}
            "warnings": pa.string(),  # JSON: ["posts.region was filled in 40 % of the rows, ...", ...]
        }
    ),
    key=("run_id",),
)

REJECTS = Table(
    "rejects",
    _schema(
        {
            "id": pa.string(),
            "table": pa.string(),
            "reason": pa.string(),
            "row": pa.string(),  # the refused row or body, whole
            "account_id": pa.string(),  # where it could be told: lets erasure reach it
            **_PROVENANCE,
        }
    ),
    key=("id",),
    in_vault=True,
)

VAULT = Table(
    "names",
    _schema(
        {
            "id": pa.string(),  # the pseudonym
            "kind": pa.string(),  # account | post
            "native_id": pa.string(),
            "handle": pa.string(),  # lower case
            "url": pa.string(),
            "account_id": pa.string(),  # the author, for a post; itself, for an account
            **_PROVENANCE,
        }
    ),
    key=("id",),
    partition_by=("source", "kind"),
    in_vault=True,
)

ANNOTATIONS = Table(
    "annotations",
    _schema(
        {
            "post_id": pa.string(),
            "account_id": pa.string(),
            "source": pa.string(),
            "created_at": TIME,
            "month": pa.string(),
            "words": pa.string(),  # the Segmenter's words, joined by one space
            "hashtags": STRINGS,
            "phrases": STRINGS,  # two words that belong together, as one term
            "tags": STRINGS,  # second-level interest tags
            "tag_probs": pa.list_(pa.float32()),  # calibrated, aligned with tags
            "intent": pa.string(),  # asks | compares | owns | complains | recommends | null
            "benefits": STRINGS,  # what the post weighs in a thing: 价格, 品质 … (nlp/families.toml)
            "styles": STRINGS,  # how its author goes about buying: 尝鲜, 比价 …
            "brands": STRINGS,  # names of brands.toml that the post speaks of
            "sentiments": pa.list_(pa.float32()),  # toward each of them, -1 to 1
            "topic": pa.string(),  # topic id | null
            "topic_weight": pa.float32(),
            "spam": pa.float32(),  # 0 to 1: repeated template or advertising
            "lang": pa.string(),  # zh | en | mixed | other
            "weight": pa.float32(),  # 0 to 1: how much the post counts; less for near-duplicates and spam
            "searchable": pa.bool_(),
            "model_version": pa.string(),  # dictionary + tag model + topic model
            "dictionary": pa.string(),  # version of the Segmenter that cut the words
        }
    ),
    key=("post_id",),
    partition_by=("month",),
)

TOPICS = Table(
    "topics",
    _schema(
        {
            "topic": pa.string(),
            "name": pa.string(),  # the most specific of the words
            "words": STRINGS,
            "posts": pa.int64(),  # advertising left out, as in the two below
            "accounts": pa.int64(),
            "examples": STRINGS,  # ids of up to five searchable posts, one an account
            "npmi": pa.float64(),  # coherence of the words, -1 to 1
            "stability": pa.float64(),  # how far fits with other seeds have it, 0 to 1
            "model_version": pa.string(),
        }
    ),
    key=("topic",),
)

TRENDS = Table(
    "trends",
    _schema(
        {
            "kind": pa.string(),  # tag | topic | term
            "item": pa.string(),
            "source": pa.string(),
            "at": TIME,
            "grain": pa.string(),  # hour | day
            "posts": pa.int64(),
            "weight": pa.float64(),  # the same, near-duplicates and spam counting less
            "accounts": pa.int64(),
            "share": pa.float64(),  # by weight, of all posts of the source in that hour or day
        }
    ),
    key=("kind", "item", "source", "grain", "at"),
)

COVERAGE = Table(
    "coverage",
    _schema(
        {
            "source": pa.string(),
            "at": TIME,  # an hour between the source's first post and its last, or its last good crawl
            "posts": pa.int64(),  # all posts then, spam left out
            "weight": pa.float64(),
            "covered": pa.bool_(),
            "reason": pa.string(),  # why not: run (failed, blocked, empty) | silence
        }
    ),
    key=("source", "at"),
)

BURSTS = Table(
    "bursts",
    _schema(
        {
            "burst": pa.string(),
            "kind": pa.string(),
            "item": pa.string(),
            "start": TIME,
            "peak": TIME,
            "end": TIME,
            "posts": pa.int64(),
            "expected": pa.float64(),
            "surprise": pa.float64(),
            "related": STRINGS,  # co-rising items: one event is one row
        }
    ),
    key=("burst",),
)

INFLUENCE = Table(
    "influence",
    _schema(
        {
            "account_id": pa.string(),
            "pagerank": pa.float64(),
            "percentile": pa.int32(),  # 0 to 100
            "low": pa.int32(),  # its 95 % interval
            "high": pa.int32(),
            "authority": pa.float64(),
            "hub": pa.float64(),
            "followers": pa.int64(),  # followers among collected accounts
            "median_reposts": pa.float64(),  # a post
            "expected_reposts": pa.float64(),  # of accounts with as many followers
            "amplification": pa.float64(),  # the one over the other, null where unknown
        }
    ),
    key=("account_id",),
)

TAG_INFLUENCE = Table(
    "tag_influence",
    _schema(
        {
            "tag": pa.string(),
            "account_id": pa.string(),
            "score": pa.float64(),
            "percentile": pa.int32(),  # 0 to 100, among the accounts with the interest
        }
    ),
    key=("tag", "account_id"),
)

COMMUNITIES = Table(
    "communities",
    _schema(
        {
            "account_id": pa.string(),
            "community": pa.string(),
            "name": pa.string(),  # from over-indexed tags
        }
    ),
    key=("account_id",),
)

TAG_LEVEL = pa.struct(
    [
        pa.field("tag", pa.string()),
        pa.field("level", pa.int8()),  # 1 to 10
        pa.field("weight", pa.float32()),  # decayed evidence at the reference day
        pa.field("posts", pa.int32()),
        pa.field("evidence", STRINGS),  # ids of up to three searchable posts
    ]
)

BRAND_TALK = pa.struct(
    [
        pa.field("brand", pa.string()),
        pa.field("posts", pa.int32()),  # posts that speak of it
        pa.field("sentiment", pa.float32()),  # their mean, -1 to 1
    ]
)

GROUND = pa.struct(
    [
        pa.field("field", pa.string()),  # benefit | style | intent | brand
        pa.field("value", pa.string()),
        pa.field("posts", pa.int32()),
        pa.field("evidence", STRINGS),  # ids of up to three searchable posts
    ]
)

PROFILES = Table(
    "profiles",
    _schema(
        {
            "account_id": pa.string(),
            "person_id": pa.string(),  # the same for accounts joined by links
            "source": pa.string(),
            "kind": pa.string(),
            "public": pa.bool_(),
            "name": pa.string(),
            "listable": pa.bool_(),
            "region": pa.string(),
            "gender": pa.string(),
            "age_band": pa.string(),
            "education": pa.string(),
            "occupation": pa.string(),
            "origins": pa.string(),  # JSON: field to declared | touchpoints
            "customer": pa.string(),  # potential | current | dormant | lost
            "value": pa.string(),  # RFM tier: high | middle | low
            "registered_at": TIME,
            "first_post_at": TIME,
            "last_active_at": TIME,
            "post_count": pa.int64(),
            "posts_30d": pa.int64(),
            "followers": pa.int64(),
            "activity": pa.string(),  # new | active | quiet | gone
            "tags": pa.list_(TAG_LEVEL),
            "intents": STRINGS,  # purchase-intent classes seen in the last 90 days
            "benefits": STRINGS,  # sought in two posts or more, most often first
            "styles": STRINGS,  # shown in two posts or more, most often first
            "brands": pa.list_(BRAND_TALK),  # tracked names spoken of, most often first
            "grounds": pa.list_(GROUND),  # the posts behind intents, benefits, styles and brands
            "counted": STRINGS,  # level terms of the person's posts: 露营/30>=3
            "topics": STRINGS,  # topic ids, strongest first
            "follows": STRINGS,  # names of tracked accounts followed
            "engaged": STRINGS,  # names of tracked accounts replied to, reposted or mentioned
            "community": pa.string(),
            "influence": pa.int32(),  # percentile 0 to 100
            "terms": STRINGS,  # most characteristic words
            "hours": pa.list_(pa.int32()),  # active hours of the day, Asia/Shanghai
            "words": pa.string(),  # words of recent searchable posts, posts newest first
            "vector": pa.list_(pa.float32()),  # interest vector
        }
    ),
    key=("account_id",),
)

VALUE = Table(
    "value",
    _schema(
        {
            "person_id": pa.string(),  # a pseudonym; of a customer without an account, their own
            "orders": pa.int64(),  # moments of purchase, less those refunded
            "amount": pa.float64(),  # paid, less refunds; null where no row says an amount
            "amount_365d": pa.float64(),
            "first_order_at": TIME,
            "last_order_at": TIME,
            "recency": pa.int8(),  # 1 to 5 among buyers, 5 the latest; so for frequency and monetary
            "frequency": pa.int8(),
            "monetary": pa.int8(),
            "value": pa.string(),
            "customer": pa.string(),
            "customer_from": pa.string(),  # touchpoints | declared
            "own_posts": pa.int64(),  # posts of the last year that mention one of our brands
            "brand_posts": pa.int64(),  # that mention any tracked brand
            "recommends": pa.int64(),  # that recommend one of ours
            "hearers": pa.int64(),  # of buyers and who recommends us: collected followers who are no customers
            "decision": pa.float32(),  # 0 to 1, null where no post tells
            "decision_posts": pa.int64(),
            "means": pa.float32(),  # 0 to 1 by what posts say of prices, null where none does
            "means_posts": pa.int64(),
            "propensity": pa.float32(),  # chance of a purchase within the horizon; null where nothing is known
            "expected": pa.float64(),  # that chance times what an order of theirs brings
        }
    ),
    key=("person_id",),
)

SEGMENT_MEMBERS = Table(
    "segment_members",
    _schema(
        {
            "segment": pa.string(),
            "version": pa.int64(),
            "person_id": pa.string(),
            "collected_at": TIME,  # when the version was computed
        }
    ),
    key=("segment", "version", "person_id"),
    partition_by=("segment",),
)

TERM_CATEGORIES = Table(
    "term_categories",
    _schema(
        {
            "source": pa.string(),  # a hot list
            "term": pa.string(),
            "category": pa.string(),
            "probability": pa.float32(),  # null where the source gave the category itself
        }
    ),
    key=("source", "term"),
)

COLLECTED = (POSTS, ACCOUNTS, EDGES, KEYWORDS, TOUCHPOINTS, LINKS, RUNS, REJECTS, VAULT)
DERIVED = (
    ANNOTATIONS,
    TOPICS,
    TRENDS,
    COVERAGE,
    BURSTS,
    INFLUENCE,
    TAG_INFLUENCE,
    COMMUNITIES,
    PROFILES,
    VALUE,
    SEGMENT_MEMBERS,
    TERM_CATEGORIES,
)
TABLES = {table.name: table for table in (*COLLECTED, *DERIVED)}

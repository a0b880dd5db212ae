"""The tables that mining and segments write."""

from __future__ import annotations

import pyarrow as pa

from lake.schemas.table import STRINGS, TIME, Table, schema_of

ANNOTATIONS = Table(
    "annotations",
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
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
    schema_of(
        {
            "source": pa.string(),  # a hot list
            "term": pa.string(),
            "category": pa.string(),
            "probability": pa.float32(),  # null where the source gave the category itself
        }
    ),
    key=("source", "term"),
)

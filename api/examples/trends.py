"""Examples of topics, hashtags, keywords and trends."""

from __future__ import annotations

from api.examples.kinds import Example

_RISE: Example = {
    "kind": "tag", "item": "露营", "label": "露营", "start": "2026-07-18T10:00:00Z", "peak": "2026-07-18T13:00:00Z",
    "end": "2026-07-19T02:00:00Z", "value": 38.0, "expected": 6.2, "score": 41.3, "unit": "posts", "people": 30,
    "state": "rising", "related": ["天幕"],
    "searched": [
        {
            "kind": "keyword", "item": "露营", "label": "露营", "source": "index", "start": "2026-07-18T12:00:00Z",
            "peak": "2026-07-18T16:00:00Z", "value": 5210.0, "expected": 900.0, "score": 22.8, "unit": "index",
            "state": "rising",
        }
    ],
    "drivers": [
        {"kind": "community", "name": "露营 · 徒步", "people": 20, "share": 0.667, "tgi": 310.0},
        {"kind": "public", "name": "山野集", "posts": 3},
    ],
}  # fmt: skip

HASHTAGS_ANSWER: Example = {
    "suggestions": [{"hashtag": "露营", "score": 0.62}, {"hashtag": "周末去哪儿", "score": 0.2}],
    "known": 410,
}

TOPICS_ANSWER: Example = {
    "found": 24, "hidden": 3, "npmi": 0.41, "diversity": 0.93, "stability": 0.62, "assigned": 0.71, "k": 20,
    "round_to": 5,
    "topics": [
        {
            "topic": "t03", "name": "天幕·帐篷·营地", "words": ["帐篷", "天幕", "营地", "睡袋", "炉头"], "people": 320,
            "posts": 1240, "share": 0.06, "npmi": 0.47, "stability": 0.71,
            "examples": [{"at": "2026-07-30T11:02:00Z", "excerpt": "周末去营地搭了新买的天幕，帐篷防雨不错"}],
        }
    ],
}  # fmt: skip

KEYWORDS_ANSWER: Example = {
    "cores": ["露营"],
    "depth": 1,
    "since": "2026-05-09T00:00:00Z",
    "until": "2026-08-01T00:00:00Z",
    "k": 20,
    "round_to": 5,
    "keywords": [
        {
            "term": "天幕",
            "core": "露营",
            "origin": "said together",
            "depth": 1,
            "parent": "露营",
            "people": 140,
            "posts": 210,
            "said": {"direction": "rising", "factor": 1.62, "low": 1.2, "high": 2.2},
            "volume": 812.5,
            "searched": {"direction": "rising", "factor": 1.05},
            "specificity": {"value": 0.62, "low": 0.55, "high": 0.68},
            "intent": {"value": 0.24, "low": 0.19, "high": 0.3},
        },
        {
            "term": "周末",
            "core": "露营",
            "origin": "said together",
            "depth": 1,
            "parent": "露营",
            "people": 900,
            "posts": 2100,
            "said": {"direction": "steady", "factor": 1.0, "low": 0.9, "high": 1.1},
            "searched": {"direction": "unknown"},
            "specificity": {"value": 0.06, "low": 0.05, "high": 0.07},
            "intent": {"value": 0.04, "low": 0.03, "high": 0.05},
            "mark": "over-broad",
            "why": "only 6% of the posts with it are about 露营",
        },
    ],
    "sensitive": 1,
}

TRENDS_ANSWER: Example = {
    "item": "tag:露营",
    "since": "2026-07-18T00:00:00Z",
    "until": "2026-07-21T00:00:00Z",
    "series": [
        {
            "kind": "tag",
            "item": "露营",
            "label": "露营",
            "grain": "day",
            "unit": "posts",
            "covered": 2,
            "missing": 1,
            "rhythm": {"hours": [None] * 24, "weekdays": [0.9, 0.9, 0.9, 0.9, 1.1, 1.4, 1.2]},
            "points": [
                {"at": "2026-07-18T00:00:00Z", "value": 95.0, "people": 70, "share": 0.08},
                {"at": "2026-07-19T00:00:00Z", "value": None},
                {"at": "2026-07-20T00:00:00Z", "value": 41.0, "people": 35},
            ],
        }
    ],
    "leads": [
        {
            "source": "index",
            "grain": "day",
            "lag": 1,
            "low": 0,
            "high": 2,
            "correlation": 0.61,
            "correlation_low": 0.34,
            "correlation_high": 0.79,
            "pairs": 40,
            "clear": True,
        }
    ],
    "bursts": [_RISE],
    "coverage": {"posts": 0.66},
}

EARLY_ANSWER: Example = {
    "since": "2026-07-31T00:00:00Z", "until": "2026-08-01T00:00:00Z", "new_topics": 412,
    "topics": [
        {
            "term": "露营节开幕", "source": "weibo-hot", "first_seen": "2026-07-31T09:00:00Z", "rank": 6, "heat": 412000.0,
            "probability": 0.31, "times_usual": 12.7, "highest_since": 958000.0, "similar": "露营节门票",
        }
    ],
    "models": [
        {
            "source": "weibo-hot", "big": 1000000.0, "learned_until": "2026-07-30T23:00:00Z", "topics": 201000,
            "became_big": 4900, "checked_since": "2026-03-02T10:00:00Z", "checked_topics": 30150, "auc": 0.81,
            "auc_low": 0.79, "auc_high": 0.83,
            "calibration": [{"topics": 3768, "told": 0.091, "became": 0.094, "low": 0.085, "high": 0.104}],
        }
    ],
    "coverage": {"weibo-hot": 1.0},
}  # fmt: skip

CATEGORIES_ANSWER: Example = {
    "since": "2026-07-02T00:00:00Z", "until": "2026-08-01T00:00:00Z", "unknown": 0,
    "categories": [{"category": "体育", "topics": 640, "share": 0.118, "given": 455, "filled": 185}],
    "topics": [
        {
            "term": "露营节定向赛开赛", "source": "weibo-hot", "first_seen": "2026-07-31T09:00:00Z", "highest": 958000.0,
            "probability": 0.83,
        }
    ],
    "models": [
        {
            "source": "weibo-hot", "learned_until": "2026-07-31T23:00:00Z", "topics": 191000, "categories": 23,
            "checked_since": "2026-01-24T13:00:00Z", "checked_topics": 38200, "accuracy": 0.74, "accuracy_low": 0.736,
            "accuracy_high": 0.744, "usual": 0.41,
        }
    ],
}  # fmt: skip

"""Examples of lookalikes, recommendations and briefs."""

from __future__ import annotations

from api.examples.kinds import FACET_VALUE, Example

LOOKALIKE_REQUEST: Example = {
    "seeds": [
        {"source": "forum", "handle": "shanye"},
        {"source": "microblog", "native_id": "109302"},
        {"url": "https://forum.example/u/xinglu"},
        {"customer_id": "C-20417"},
    ],
    "size": 500,
    "where": "region:上海 active:30d",
    "without": "follows:山野集",
    "ignore": ["tag:露营"],
}

LOOKALIKE_CSV = "source,native_id\nforum,shanye\nmicroblog,109302\n"

_REASON: Example = {"group": "tag", "name": "tag:徒步", "label": "徒步", "weight": 0.41}

LOOKALIKE_ANSWER: Example = {
    "hidden": False,
    "seeds": {"rows": 500, "resolved": 488, "unknown": 9, "ambiguous": 1, "opted_out": 2,
              "problems": [{"row": 17, "reason": "unknown", "written": "forum shanye2"}]},
    "size": 500,
    "total": 500,
    "k": 20,
    "candidates": [
        {
            "rank": 1,
            "person_id": "u0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "account_id": "u0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "similarity": 0.998,
            "reasons": [_REASON],
        }
    ],
    "traits": [_REASON],
    "curve": [
        {
            "reach": 100, "similarity": 0.95, "found": 0.44, "found_low": 0.345, "found_high": 0.539,
            "lift": 8.1, "lift_low": 6.351, "lift_high": 9.923,
        }
    ],
    "holdout": {
        "method": "logistic", "hidden_seeds": 97, "hidden_at_once": 97, "auc": 0.93, "auc_low": 0.9, "auc_high": 0.95, "precision": 0.52,
        "recall_at": 500, "recall": 0.81, "lift": 3.1, "lift_low": 2.8, "lift_high": 3.3,
    },
}  # fmt: skip

RECOMMEND_REQUEST: Example = {"query": "tag:露营>=3", "limit": 5, "novelty": 0.3, "weights": {"users": 0.5}}

RECOMMEND_ANSWER: Example = {
    "query": "tag:露营>=3",
    "reading": "兴趣“露营”3级以上",
    "hidden": False,
    "total": 415,
    "k": 20,
    "talk": [{**FACET_VALUE, "value": "徒步", "label": "徒步"}],
    "accounts": [
        {
            "account_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01", "name": "山野集", "people": 190, "more": 190, "tgi": 231.0,
            "score": 0.91, "users": 0.84, "items": 1.0, "content": 0.9, "popularity": 0.12,
        }
    ],
    "covered": 190,
    "hours": [{"hour": "21:00", "people": 120, "share": 0.29, "tgi": 118.0}],
    "use": [{**FACET_VALUE, "value": "天幕", "label": "天幕"}],
    "avoid": [{"word": "漏水", "why": "said in complaints", "people": 35, "tgi": 640.0}],
}  # fmt: skip

BRIEF_REQUEST: Example = {"text": "新款轻量帐篷上市，面向上海周边周末露营的年轻家庭，主打防雨和好收纳。"}

BRIEF_ANSWER: Example = {
    "matches": [{"field": "tag", "value": "露营", "words": ["帐篷", "露营"], "weight": 0.67}],
    "suggestions": [
        {
            "query": "tag:露营>=3 region:上海", "reading": "兴趣“露营”3级以上，地区为上海",
            "why": "the interests that the brief names, at level 3 or more, in the regions that it names",
            "hidden": False, "total": 135,
        }
    ],
    "use": [{**FACET_VALUE, "value": "天幕", "label": "天幕"}],
    "unknown": ["收纳"],
    "k": 20,
}  # fmt: skip

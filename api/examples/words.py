"""Examples of the dictionary and interest tags."""

from __future__ import annotations

from api.examples.kinds import Example

DICTIONARY_ANSWER: Example = {"words": ["显眼包", "氛围感"], "total": 2, "pending": ["显眼包"]}

SUGGESTION_ANSWER: Example = {
    "k": 20,
    "words": [
        {
            "word": "氛围感", "parts": ["氛围", "感"], "kind": "word", "count": 145, "accounts": 110, "pmi": 8.1,
            "left_entropy": 5.2, "right_entropy": 4.6, "examples": ["这家店真的很有氛围感，灯光也好看"],
        }
    ],
}  # fmt: skip

DICTIONARY_CHANGED: Example = {"changed": ["氛围感"], "unchanged": [], "total": 2}

OWN_TAG_REQUEST: Example = {"name": "露营灯具", "words": ["营地灯", "汽灯", "氛围灯"], "parent": "户外"}

TAGS_ANSWER: list[Example] = [
    {"tag": "露营灯具", "parent": "户外", "own": True, "words": ["露营灯具", "营地灯", "汽灯", "氛围灯"], "examples": 0, "people": 85}
]  # fmt: skip

TAG_WORDS_ANSWER: Example = {
    "tag": "露营",
    "parent": "户外",
    "words": [
        {
            "word": "天幕",
            "origin": "seed",
            "pmi": 5.1,
            "z": 41.2,
            "posts": 640,
            "vetoed": False,
            "reason": "95 times as frequent in posts on 露营 as elsewhere (PMI 5.1 bits, z 41.2)",
        }
    ],
    "waiting": False,
}

_SAMPLE_POST = "p5f0c1b7a9d3e4f60812a5b6c7d8e9f01"

TAG_SAMPLE: Example = {
    "tag": "露营",
    "hidden": False,
    "reason": "",
    "tagged": 640,
    "expected": 0.87,
    "posts": [
        {
            "post_id": _SAMPLE_POST,
            "at": "2026-07-31T13:05:00Z",
            "probability": 0.93,
            "excerpt": "新买的天幕到了",
        }
    ],
}

JUDGED: dict[str, bool] = {_SAMPLE_POST: True}

TAG_PRECISION: Example = {
    "tag": "露营", "judged": 20, "right": 18, "precision": 0.9, "low": 0.699, "high": 0.9721,
}  # fmt: skip

CLASSES: dict[str, list[str]] = {"体育": ["比赛", "球队", "冠军"], "时政": ["选举", "总统", "外交部"]}

SORTED_POSTS: Example = {
    "posts": 12000,
    "left_over": 0.31,
    "classes": [
        {"name": "体育", "hidden": False, "posts": 4970, "share": 0.4142, "low": 0.4054, "high": 0.423},
        {"name": "时政", "hidden": False, "posts": 3310, "share": 0.2758, "low": 0.2679, "high": 0.2839},
    ],
}

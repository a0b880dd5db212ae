"""A small lake written the real way: raw rows through the gate, by a seeded generator of this test alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from lake.gate import Gate
from lake.raw import RawRows
from lake.store import Lake
from privacy.home import Home
from privacy.policies import Policy, add_policy

START = datetime(2026, 8, 1, tzinfo=UTC)
DAYS = 30
AS_OF = START + timedelta(days=DAYS)
THEMES = {
    "露营": ["周末去营地搭了天幕", "新买的帐篷防雨不错", "求推荐一款轻便的露营睡袋", "这个蛋卷桌收纳太方便"],
    "咖啡": ["今天手冲了一支耶加雪菲", "拿铁拉花终于成功了", "磨豆机应该怎么选", "这家店的美式很顺口"],
    "养猫": ["猫砂又该换了", "我家布偶今天绝育恢复得不错", "猫粮求推荐", "铲屎官的快乐就是撸猫"],
}
CHATTER = ["今天天气真好", "堵车堵到怀疑人生", "早点睡吧大家晚安", "周一又要开会", "哈哈哈笑死我了"]


def raw_rows(accounts: range, posts_each: int, seed: int, first_post: int = 0) -> RawRows:
    """Accounts, their posts (two thirds on their theme) and follows within the theme."""
    rng = np.random.default_rng(seed)
    themes = list(THEMES)
    rows = RawRows()
    for account in accounts:
        theme = themes[account % len(themes)]
        rows.accounts.append(
            {
                "native_id": str(account),
                "handle": f"user{account}",
                "region": "上海" if account % 2 else "北京",
                "indexable": True,
                "discoverable": True,
                "hide_collections": False,
            }
        )
        for n in range(posts_each):
            lines = THEMES[theme] if rng.random() < 0.67 else CHATTER
            rows.posts.append(
                {
                    "native_id": f"{account}-{first_post + n}",
                    "author_native_id": str(account),
                    "author_handle": f"user{account}",
                    "created_at": START + timedelta(minutes=int(rng.integers(0, DAYS * 1440))),
                    "text": f"{lines[rng.integers(len(lines))]} {rng.integers(1000)}",
                    "hashtags": [theme] if rng.random() < 0.2 else [],
                    "author_indexable": True,
                }
            )
        for friend in rng.permutation(len(accounts))[:6]:
            if friend % len(themes) == account % len(themes) and accounts[friend] != account:
                rows.edges.append(
                    {
                        "src_native_id": str(account),
                        "dst_native_id": str(accounts[friend]),
                        "kind": "follow",
                        "at": AS_OF,
                    }
                )
    return rows


def collect(home: Home, rows: RawRows, run_id: str) -> None:
    """Put raw rows through the gate into the lake."""
    policy = Policy(
        source="test-forum",
        base_url="http://127.0.0.1:9/",
        kind="mastodon",
        terms_url="http://127.0.0.1:9/terms",
        legal_basis="text written for this test",
        fields=("posts.*", "accounts.*", "edges.*"),
    )
    add_policy(home, policy)
    clean = Gate(home, policy, run_id).admit(rows)
    assert not clean.tables.get("rejects")
    Lake(home).append(clean.tables)

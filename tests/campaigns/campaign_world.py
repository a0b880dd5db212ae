"""A home with 1,500 people who may be campaigned to: profiles, vault, links and policies; and outcomes of a known effect."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from audience.index.build import build
from campaigns.state import connect, member_table
from lake.schemas import LINKS, TOUCHPOINTS, VALUE, VAULT
from lake.store import Lake
from privacy.home import Home
from privacy.policies import Policy, add_policy
from privacy.pseudonyms import KEY_BYTES, Pseudonyms, make_vault
from tests.audience.audience_world import account_id, profiles, write_world

PEOPLE = 1_500
CUSTOMERS = 1_500
STARTS = datetime(2026, 7, 1, tzinfo=UTC)
_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def policy(source: str, contact: bool) -> Policy:
    return Policy(
        source=source,
        base_url=f"https://{source}.example",
        kind="table",
        legal_basis="text written for this test",
        terms_url="test:",
        fields=("touchpoints.*",),
        contact_allowed=contact,
    )


@cache
def built() -> Path:
    """The home that every test copies: one may be contacted through microblog and the customer system, not the forum."""
    folder = tempfile.TemporaryDirectory(prefix="renqun-campaigns-")
    _KEPT.append(folder)
    rows = [row | _standing(row) for row in profiles(PEOPLE, seed=11)]
    _fixed_key(Home(Path(folder.name)))
    home = write_world(Path(folder.name), rows)
    home.models.mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    lake = Lake(home)
    lake.append({"names": pa.Table.from_pylist([_name(row) for row in rows], schema=VAULT.schema)})
    blank = dict.fromkeys(LINKS.schema.names)
    links = [
        blank | {"customer_id": f"C{n}", "account_id": account_id(n), "source": "microblog"}
        for n in range(0, 400, 4)
    ]
    lake.append({"links": pa.Table.from_pylist(links, schema=LINKS.schema)})
    lake.replace("value", pa.Table.from_pylist(_worth(rows), schema=VALUE.schema))
    for source, contact in (("forum", False), ("microblog", True), ("crm", True)):
        add_policy(home, policy(source, contact))
    build(home)
    return home.root


def _fixed_key(home: Home) -> None:
    """The same ids and splits every time: one split in twenty lies outside its interval."""
    make_vault(home)
    home.key_file.write_bytes(b"k" * KEY_BYTES)
    home.key_file.chmod(0o600)


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    """Where each stands as a customer: a third bought, a third looked, of the rest nothing is known."""
    number = int(row["person_id"][1:], 16)
    tier = ("high", "middle", "low")[number % 9 // 3] if number % 3 == 0 else None
    return {"customer": ("current", "potential", None)[number % 3], "value": tier}


def _worth(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The value table that goes with the standings."""
    blank: dict[str, Any] = dict.fromkeys(VALUE.schema.names)
    counts = ("own_posts", "brand_posts", "recommends", "hearers", "decision_posts", "means_posts")
    of_person = {row["person_id"]: row for row in rows}
    worth = []
    for person, row in of_person.items():
        paid = {"high": 900.0, "middle": 300.0, "low": 80.0}.get(row["value"] or "")
        fifth = {"high": 5, "middle": 3, "low": 1}.get(row["value"] or "")
        told = {
            "person_id": person,
            "customer": row["customer"],
            "value": row["value"],
            "customer_from": "touchpoints",
        }
        bought = {"orders": fifth or 0, "amount": paid, "amount_365d": paid, "expected": paid and paid / 10}
        fifths = dict.fromkeys(("recency", "frequency", "monetary"), fifth)
        worth.append(blank | dict.fromkeys(counts, 1) | told | bought | fifths | {"decision": 0.8})
    return worth


def _name(row: dict[str, Any]) -> dict[str, Any]:
    number = int(row["account_id"][1:], 16)
    blank = dict.fromkeys(VAULT.schema.names)
    return blank | {
        "id": row["account_id"],
        "kind": "account",
        "native_id": str(number),
        "handle": f"user{number}",
        "url": f"https://{row['source']}.example/@user{number}",
        "account_id": row["account_id"],
        "source": row["source"],
    }


def touch(home: Home, *rows: dict[str, Any]) -> None:
    """Touchpoints as the gate would have written them."""
    blank = dict.fromkeys(TOUCHPOINTS.schema.names) | {"source": "crm", "month": "2026-06"}
    filled = [blank | {"id": f"t{number}{row}"[:60]} | row for number, row in enumerate(rows)]
    Lake(home).append({"touchpoints": pa.Table.from_pylist(filled, schema=TOUCHPOINTS.schema)})


def arms(home: Home, campaign: str) -> dict[str, str]:
    """person_id to arm, as kept."""
    with connect(home) as connection:
        asked = select(member_table.c.person_id, member_table.c.arm).where(
            member_table.c.campaign == campaign
        )
        return {row.person_id: row.arm for row in connection.execute(asked)}


def outcome_rows(home: Home, campaign: str, control: float = 0.1, test: float = 0.25) -> list[str]:
    """CSV lines of conversions: the arms convert at known rates, everybody pays 50."""
    rng = random.Random(4)
    rates = {"control": control, "test": test, "holdout": control}
    return [
        f"{person},2026-07-{rng.randint(2, 28):02d}T12:00:00Z,purchase,50"
        for person, arm in sorted(arms(home, campaign).items())
        if rng.random() < rates[arm]
    ]


def csv_of(lines: list[str]) -> bytes:
    return ("account_id,at,kind,amount\n" + "\n".join(lines) + "\n").encode()


def shop_of_orders(folder: Path) -> Home:
    """A home of imported orders alone, mined and indexed: three kinds of customers K0, K1, … who buy other things."""
    from crawlers.importers.base import Options
    from crawlers.importers.run import import_files
    from mining.run import mine

    home = Home(folder / "home")
    _fixed_key(home)
    add_policy(home, policy("crm", contact=True))
    rng = random.Random(8)
    rows = ["订单号,下单时间,客户编号,商品,金额,门店"]
    for number in range(CUSTOMERS):
        kind = ("帐篷", "咖啡机", "婴儿车")[number % 3]
        for order in range(1 + rng.randrange(3)):
            what = f"{kind}{rng.choice('甲乙丙丁')}"
            day = f"2026-0{rng.randint(1, 6)}-{rng.randint(1, 28):02d} 10:00"
            rows.append(f"{number}-{order},{day},K{number},{what},{rng.randint(60, 900)},{number % 3}号店")
    file = folder / "订单.csv"
    file.write_text("\n".join([*rows, ""]), "gb18030")
    [imported] = import_files(home, [file], "table", Options(source="crm", table="touchpoints"))
    assert imported.good, imported.message
    mine(home, as_of=STARTS)
    build(home)
    return home


def listable_customers(home: Home) -> dict[str, str]:
    """Customer id to person id, of the shop of orders."""
    ids = [f"K{number}" for number in range(CUSTOMERS)]
    return dict(zip(ids, Pseudonyms.open(home).customers(ids), strict=True))

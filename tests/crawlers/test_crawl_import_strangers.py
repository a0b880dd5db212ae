"""Accounts that posts tell of in passing: as told of first, and never in the place of a profile."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from crawlers.importers.strangers import Strangers
from lake.frames import RawFrames
from lake.gate import Gate
from lake.store import Lake
from privacy.home import Home
from privacy.policies import load_policies
from tests.crawlers.import_lab import allow


def strangers_of(root: Path) -> tuple[Strangers, Gate, Lake]:
    home = Home(root)
    allow(home, "weibo", "weibo")
    gate, lake = Gate(home, load_policies(home).for_source("weibo"), "run"), Lake(home)
    return Strangers(lake, "weibo"), gate, lake


def told(**regions: str) -> pl.DataFrame:
    return pl.DataFrame({"native_id": list(regions), "region": list(regions.values())})


def meet(strangers: Strangers, gate: Gate, **regions: str) -> None:
    accounts = told(**regions)
    strangers.meet(accounts.with_columns(gate.names.account_ids(accounts["native_id"]).alias("id")))


def asked(strangers: Strangers) -> dict[str, str]:
    new = strangers.new()
    return {} if new is None else dict(new.iter_rows())


def test_each_is_new_once_and_as_it_was_told_of_first(tmp_path: Path) -> None:
    strangers, gate, _ = strangers_of(tmp_path)
    assert asked(strangers) == {}
    meet(strangers, gate, a="上海", b="北京")
    meet(strangers, gate, b="四川", c="四川")
    assert asked(strangers) == {"a": "上海", "b": "北京", "c": "四川"}
    meet(strangers, gate, a="北京", d="北京")
    assert asked(strangers) == {"d": "北京"}


def test_a_profile_that_comes_while_they_wait_is_kept(tmp_path: Path) -> None:
    strangers, gate, _ = strangers_of(tmp_path)
    meet(strangers, gate, a="上海", b="北京")
    strangers.know(gate.admit_frames(RawFrames(accounts=told(b="四川"))))
    assert asked(strangers) == {"a": "上海"}


def test_those_whom_the_lake_holds_are_none(tmp_path: Path) -> None:
    strangers, gate, lake = strangers_of(tmp_path)
    lake.append(gate.admit_frames(RawFrames(accounts=told(a="四川"))).tables)
    meet(strangers, gate, a="上海", b="北京")
    assert asked(strangers) == {"b": "北京"}


def test_they_wait_for_many(tmp_path: Path) -> None:
    strangers, gate, _ = strangers_of(tmp_path)
    meet(strangers, gate, **{str(number): "上海" for number in range(20_000)})
    assert not strangers.enough()
    meet(strangers, gate, **{str(number): "上海" for number in range(5_000)})
    assert strangers.enough()
    assert len(asked(strangers)) == 20_000
    assert not strangers.enough()

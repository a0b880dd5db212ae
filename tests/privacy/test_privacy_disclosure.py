from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import text

from api.computing import done
from privacy import audit, optouts
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError, StorageError
from privacy.home import Home
from privacy.optouts import Reason
from privacy.state import changed, connect, version

RULE = Disclosure()


@pytest.mark.parametrize(("n", "shown"), [(0, None), (19, None), (20, 20), (22, 20), (23, 25), (1002, 1000)])
def test_counts(n: int, shown: int | None) -> None:
    assert RULE.count(n) == shown


@pytest.mark.parametrize(
    ("with_", "without", "allowed"),
    [
        (100, 100, True),
        (100, 101, False),
        (100, 119, False),
        (100, 120, True),
        (119, 100, False),
        (0, 0, True),
    ],
)
def test_the_difference_rule(with_: int, without: int, allowed: bool) -> None:
    assert RULE.allowed(with_, without) is allowed


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_no_pair_of_answers_tells_of_fewer_than_k(with_: int, without: int) -> None:
    if RULE.allowed(with_, without) and with_ != without:
        assert abs(with_ - without) >= RULE.k
    shown = RULE.count(with_)
    assert shown is None or (shown % 5 == 0 and abs(shown - with_) <= 2 and with_ >= 20)


def test_small_facets_are_left_out_and_the_rest_rounded() -> None:
    assert RULE.facets({"a": 19, "b": 21, "c": 20}) == {"b": 20, "c": 20}


def test_which_conditions_are_refused() -> None:
    assert RULE.refused(100, [100, 105, 200]) == [1]


def test_k_can_be_set_but_not_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_K", "50")
    assert Disclosure.from_settings().hidden(49)
    for value in ("1", "0", "-3", "x"):
        monkeypatch.setenv("RENQUN_K", value)
        with pytest.raises(BadInputError, match=f"RENQUN_K is a whole number of 2 or more, not '{value}'"):
            Disclosure.from_settings()


@pytest.mark.parametrize("told", [Disclosure(), Disclosure(k=2), Disclosure(k=50, round_to=7)])
def test_many_counts_are_told_as_each_alone(told: Disclosure) -> None:
    total = 300
    counts = np.arange(total + 1)
    assert told.each(counts).tolist() == [told.count(n) or 0 for n in range(total + 1)]
    alone = [n for n in range(total) if told.count(n) is not None and told.allowed(n, total)]
    assert told.telling({n: n for n in range(total + 1)}, total) == alone
    assert told.telling({n: n for n in range(total + 1)}, total, {total, 0}) == [*alone, total]


def test_roles_reach_downwards_only() -> None:
    require(Role.ADMIN, Role.ACTIVATE)
    require("planner", Role.PLANNER)
    with pytest.raises(ForbiddenError, match="planner"):
        require(Role.ANALYST, Role.PLANNER)
    with pytest.raises(BadInputError):
        require("root", Role.ANALYST)


def test_the_audit_trail_only_grows(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert audit.entries(home) == []
    audit.record(home, "小王", Role.PLANNER, "members", {"query": "tag:露营", "n": 40})
    audit.record(home, "小王", Role.PLANNER, "export")
    assert [entry.action for entry in audit.entries(home)] == ["export", "members"]
    assert audit.entries(home)[1].detail == {"query": "tag:露营", "n": 40}
    assert audit.entries(home)[0].role == "planner"
    for statement in ("DELETE FROM audit", "UPDATE audit SET who = 'x'"):
        with pytest.raises((IntegrityError, StorageError)), connect(home) as connection:
            connection.execute(text(statement))
    assert len(audit.entries(home)) == 2


def test_many_write_the_trail_at_once_and_each_knows_its_entry_on_disk(tmp_path: Path) -> None:
    home = Home(tmp_path)

    def add(number: int) -> bool:
        audit.record(home, str(number), Role.PLANNER, "search")
        return str(number) in {entry.who for entry in audit.entries(home, 1_000)}

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(add, range(200)))
    assert len(audit.entries(home, 1_000)) == 200


def test_entries_of_one_turn_of_a_loop_go_to_the_disk_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, write, together = Home(tmp_path), audit._write, list[int]()

    def counted(home: Home, rows: Sequence[Mapping[str, str]]) -> None:
        together.append(len(rows))
        write(home, rows)

    async def answer(number: int) -> bool:
        await done(audit.recording(home, str(number), Role.PLANNER, "search"))
        return str(number) in {entry.who for entry in audit.entries(home)}

    async def answers() -> list[bool]:
        return await asyncio.gather(*map(answer, range(20)))

    monkeypatch.setattr(audit, "_write", counted)
    assert all(asyncio.run(answers()))
    assert together == [20]


def test_everybody_whose_entry_could_not_be_written_hears_of_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.write_bytes(b"this is no database, but it is long enough to be looked at" * 40)
    waiting = [audit.recording(home, str(number), Role.PLANNER, "search") for number in range(20)]
    for entry in waiting:
        with pytest.raises(StorageError, match="state"):
            entry.result()


def test_a_writer_that_could_not_begin_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    entry = audit.recording(home, "小王", Role.PLANNER, "search")
    with ThreadPoolExecutor(1) as ended:
        pass
    with monkeypatch.context() as patched:
        patched.setattr(audit._writer, "_thread", ended)
        with pytest.raises(RuntimeError, match="shutdown"):
            entry.result(timeout=30)
    entry.result(timeout=30)
    assert [entry.who for entry in audit.entries(home)] == ["小王"]


def test_who_gives_up_waiting_for_an_entry_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    waiting = [audit.recording(home, str(number), Role.PLANNER, "search") for number in range(5)]
    assert not any(entry.cancel() for entry in waiting)
    for entry in waiting:
        entry.result(timeout=30)
    assert len(audit.entries(home)) == 5


def test_what_another_process_withholds_is_withheld_at_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    optouts.block(home, ["u1"])
    assert optouts.blocked(home) == {"u1"}
    for verb, left in (("block", {"u1", "u2"}), ("unblock", {"u1"})):
        code = f"from privacy import home, optouts; optouts.{verb}(home.Home.find({str(tmp_path)!r}), ['u2'])"
        subprocess.run([sys.executable, "-c", code], check=True)
        assert optouts.blocked(home) == left


def _change_and_fail(connection: Connection) -> None:
    changed(connection)
    connection.execute(text("INSERT INTO nothing VALUES (1)"))


def test_a_change_is_announced_with_it_and_not_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    optouts.block(home, ["u1"])
    before = version(home)
    with connect(home) as connection:
        changed(connection)
        assert version(home) == before  # asked on another connection
        assert optouts.blocked(home) == {"u1"}
        connection.execute(text("INSERT INTO withheld VALUES ('u2', 'opted_out', '2026-01-01')"))
        assert version(home) == before
    assert version(home) != before
    assert optouts.blocked(home) == {"u1", "u2"}
    after = version(home)
    with pytest.raises(StorageError), connect(home) as connection:
        _change_and_fail(connection)
    assert version(home) == after
    assert optouts.blocked(home) == {"u1", "u2"}


def test_a_damaged_state_file_is_one_clear_error(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.write_bytes(b"this is no database, but it is long enough to be looked at" * 40)
    with pytest.raises(StorageError, match="state"):
        audit.record(home, "x", "analyst", "y")


def test_the_register_of_the_withheld(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert optouts.blocked(home) == set()
    optouts.block(home, ["u1", "u2"])
    optouts.block(home, ["u1"])
    optouts.block(home, ["u3"], Reason.EDGES_HIDDEN)
    assert optouts.blocked(home) == {"u1", "u2"}
    assert optouts.edges_hidden(home) == {"u3"}
    optouts.block(home, ["u1"], Reason.NOINDEX)
    optouts.unblock(home, ["u1"], Reason.NOINDEX)
    assert optouts.is_blocked(home, "u1")
    optouts.unblock(home, ["u1"])
    assert not optouts.is_blocked(home, "u1")

"""The register of accounts that are withheld: they opted out, at the source or by asking, and must not come back."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from enum import StrEnum

from privacy.home import Home


class Reason(StrEnum):
    """Why something of an account is withheld."""

    OPTED_OUT = "opted_out"  # by asking: stays until it is lifted by hand
    NOINDEX = "noindex"
    PROFILE_HIDDEN = "profile_hidden"
    MINOR = "minor"
    EDGES_HIDDEN = "edges_hidden"  # hide_collections: the account may be kept, its follows not


ALL_OF_IT = (Reason.OPTED_OUT, Reason.NOINDEX, Reason.PROFILE_HIDDEN, Reason.MINOR)


def block(home: Home, ids: Iterable[str], reason: Reason = Reason.OPTED_OUT) -> None:
    """Withhold these accounts from now on: the gate refuses them and lake reads leave them out."""
    change(home, withhold={(account_id, reason) for account_id in ids})


def unblock(home: Home, ids: Iterable[str], reason: Reason = Reason.OPTED_OUT) -> None:
    """Lift one reason."""
    change(home, lift={(account_id, reason) for account_id in ids})


def change(
    home: Home,
    withhold: Collection[tuple[str, Reason]] = (),
    lift: Collection[tuple[str, Reason]] = (),
) -> None:
    """Withhold and lift (account id, reason) pairs in one transaction."""
    if not withhold and not lift:
        return
    from sqlalchemy import delete
    from sqlalchemy.dialects.sqlite import insert

    from privacy.state import changed, connect, withheld_table

    now = datetime.now(UTC).isoformat()
    with connect(home) as connection:
        changed(connection)
        if withhold:
            rows = [
                {"id": account_id, "reason": reason.value, "since": now} for account_id, reason in withhold
            ]
            connection.execute(insert(withheld_table).on_conflict_do_nothing(), rows)
        for account_id, reason in lift:
            connection.execute(
                delete(withheld_table).where(
                    withheld_table.c.id == account_id, withheld_table.c.reason == reason.value
                )
            )


def blocked(home: Home) -> frozenset[str]:
    """The accounts of which nothing may be stored, read or shown."""
    return withheld(home, *ALL_OF_IT)


def is_blocked(home: Home, account_id: str) -> bool:
    """Whether nothing of this account may be stored."""
    return account_id in blocked(home)


def edges_hidden(home: Home) -> frozenset[str]:
    """The accounts whose follow edges may not be stored or read."""
    return withheld(home, Reason.EDGES_HIDDEN)


def withheld(home: Home, *reasons: Reason) -> frozenset[str]:
    """The accounts withheld for any of these reasons, read once a change; an absent state file holds none."""
    if not home.state.exists():
        return frozenset()
    from privacy.state import version

    return _withheld(home, reasons, version(home))


@functools.lru_cache(maxsize=16)
def _withheld(home: Home, reasons: tuple[Reason, ...], _: tuple[int, int]) -> frozenset[str]:
    from sqlalchemy import select

    from privacy.state import connect, withheld_table

    with connect(home) as connection:
        asked = select(withheld_table.c.id).where(withheld_table.c.reason.in_([r.value for r in reasons]))
        return frozenset(connection.execute(asked).scalars())


def register(home: Home) -> dict[str, set[Reason]]:
    """Every withheld account with its reasons."""
    if not home.state.exists():
        return {}
    from sqlalchemy import select

    from privacy.state import connect, withheld_table

    found: dict[str, set[Reason]] = {}
    with connect(home) as connection:
        for account_id, reason in connection.execute(select(withheld_table.c.id, withheld_table.c.reason)):
            found.setdefault(account_id, set()).add(Reason(reason))
    return found

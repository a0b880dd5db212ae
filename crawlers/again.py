"""Pages to ask for again: refused ones that were put back by hand, kept until the next crawl of their source.

They name addresses, so they lie in the vault. A crawl puts them into its frontier beside its first asks, and the list
is let go once the crawl has closed its frontier; an address that is asked for anyway is asked once. A crawl that went on
with an earlier one keeps the list for the next: what the earlier one has read it does not ask for again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from crawlers.frontier.sqlite import SqliteFrontier
from crawlers.protocols.page import Ask
from lake.locks import Claim, writer_lock
from privacy.home import Home
from privacy.naming import Named
from privacy.policies import write_text
from privacy.pseudonyms import make_vault


def put_back(home: Home, spider: str, source: str, asks: Iterable[Ask]) -> None:
    """Add asks for the next crawl of ``source`` by ``spider``. Nobody may be crawling it meanwhile."""
    lines = {orjson.dumps(asdict(ask)).decode(): None for ask in (*waiting(home, spider, source), *asks)}
    make_vault(home)
    path = _path(home, spider, source)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_text(home, path, "".join(f"{line}\n" for line in lines))


def waiting(home: Home, spider: str, source: str) -> list[Ask]:
    """What was put back and is not asked for yet."""
    try:
        lines = _path(home, spider, source).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [_ask(line) for line in lines]


def let_go(home: Home, spider: str, source: str) -> None:
    """The frontier has them all."""
    _path(home, spider, source).unlink(missing_ok=True)


def strike(home: Home, names: Mapping[str, Collection[str]]) -> int:
    """Take the addresses out that name one of these people (native ids, handles, URLs by source); gives how many.

    A crawl that broke off and has such an address still to ask begins anew; its other addresses are put back. Raises
    ConflictError where one is under way.
    """
    struck = 0
    named = {source: Named(known) for source, known in names.items()}
    for path in home.frontier.glob("*.sqlite"):
        spider, _, source = path.stem.partition("-")
        if source in named:
            _end_if_it_names(home, spider, source, path, named[source])
    for path in (home.vault / "again").glob("*.jsonl"):
        lines = path.read_text("utf-8").splitlines()
        whose = [one for source, one in named.items() if path.stem.endswith(f"-{source}")]
        left = [line for line in lines if not any(one.found_in(line) for one in whose)]
        if len(left) < len(lines):
            struck += len(lines) - len(left)
            write_text(home, path, "".join(f"{line}\n" for line in left))
    return struck


def _end_if_it_names(home: Home, spider: str, source: str, path: Path, named: Named) -> None:
    claim = Claim(writer_lock(home, source), f"erasing people of {source}")
    try:
        frontier = SqliteFrontier(path, str)
        try:
            if any(map(named.found_in, frontier.says())):
                put_back(home, spider, source, frontier.open_asks())
                frontier.abandon()
        finally:
            frontier.close()
    finally:
        claim.release()


def _ask(line: str) -> Ask:
    return ask_of(orjson.loads(line))


def ask_of(kept: Mapping[str, Any]) -> Ask:
    """An ask as a file or a refused row holds it. Raises KeyError where it is none."""
    remember = kept.get("remember")
    asked = None if remember is None else (str(remember[0]), str(remember[1]))
    return Ask(kept["url"], kept["kind"], kept["meta"], kept.get("priority", 0), asked)


def _path(home: Home, spider: str, source: str) -> Path:
    return home.vault / "again" / f"{spider}-{source}.jsonl"

"""Serve a sandbox from the command line: ``python -m sandbox --port 8001 --users 2000 --days 90 --seed 7``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson

from .serve import serve
from .truth import write_truth
from .world import World

_TURN = 0.1  # seconds between two looks whether a signal came


def _rate(text: str) -> tuple[int, float]:
    requests, _, seconds = text.partition("/")
    try:
        rate = (int(requests), float(seconds))
    except ValueError:
        raise argparse.ArgumentTypeError("write it as REQUESTS/SECONDS, for example 300/300") from None
    if rate[0] < 1 or rate[1] <= 0:
        raise argparse.ArgumentTypeError("requests and seconds must be above zero")
    return rate


def _day(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("write the date as YYYY-MM-DD") from None


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve a synthetic network.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="the first of three ports; 0: free ones")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--end", type=_day, help="the window ends as this day begins, UTC (default: today)")
    parser.add_argument("--truth", type=Path, help="write the planted truth here, as JSON lines")
    parser.add_argument("--rate-limit", type=_rate, metavar="N/SECONDS")
    parser.add_argument("--crawl-delay", type=float, metavar="S")
    parser.add_argument("--ready-file", type=Path, help="written once all ports answer")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Generate, serve, say where, and wait for a signal."""
    options = parse(arguments)
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: stopped.append(got))
    try:
        world = World.generate(options.users, options.days, options.seed, options.end)
        if options.truth:
            write_truth(world, options.truth)
        serving = serve(world, options.host, options.port, options.rate_limit, options.crawl_delay)
    except (ValueError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    with serving:
        about = serving.about()
        if options.ready_file:
            draft = options.ready_file.with_suffix(".part")
            draft.write_bytes(orjson.dumps(about))
            draft.replace(options.ready_file)
        for kind, url in serving.urls.items():
            print(f"{kind:<10}{url}", flush=True)
        while not stopped:  # a signal that another thread takes wakes nobody up
            time.sleep(_TURN)
    return 0


if __name__ == "__main__":
    sys.exit(main())

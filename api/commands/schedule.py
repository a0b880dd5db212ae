"""``renqun schedule``: sources that are crawled again and again, without anybody at the keyboard."""

from __future__ import annotations

import typer

from api.commands.options import AsJson, HomeDir, home_at, say

app = typer.Typer(
    help="Keep sources fresh: crawl them at the times that schedule.toml says.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_all(home: HomeDir = None, as_json: AsJson = False) -> None:
    """Show each source's schedule, and retention's: how it went last, and when it is due next."""
    import json
    from dataclasses import asdict

    from api.schedule.entries import load_schedule
    from api.schedule.state import INTERRUPTED, RUNNING, is_running, load_state

    where = home_at(home)
    schedule, running = load_schedule(where), is_running(where)
    state = load_state(where, schedule)
    for last in state.values():
        if last.status == RUNNING and not running:
            last.status = INTERRUPTED
    rows = [
        {
            **{"source": name, "spider": entry.spider, "when": entry.when, **asdict(state[name])},
            "next": None if state[name].status == RUNNING else state[name].due(entry).isoformat(),
        }
        for name, entry in schedule.timed.items()
    ]
    if as_json:
        print(json.dumps({"running": running, "sources": rows}, ensure_ascii=False, indent=2))
        return
    if not rows:
        say(f"Nothing is scheduled: write {where.schedule} (docs/operations.md shows how).")
        return
    from api.render.console import console, table

    grid = table(
        "source",
        "when",
        "last start (UTC)",
        "how it went",
        "next (UTC)",
        fixed=("source", "when", "last start (UTC)", "next (UTC)"),
        spare=("last start (UTC)",),
    )
    for row in rows:
        went = ": ".join(filter(None, (row["status"], row["message"])))
        grid.add_row(row["source"], row["when"], _minute(row["started"]), went, _minute(row["next"]))
    console().print(grid)
    say("The schedule is running." if running else "Nobody runs it now: renqun schedule run")


@app.command("run")
def run(home: HomeDir = None) -> None:
    """Run the schedule until stopped (Ctrl-C or SIGTERM); crawls under way are then ended in order."""
    import signal
    from datetime import UTC, datetime

    from api.schedule.entries import load_schedule
    from api.schedule.loop import ScheduleLoop
    from privacy.errors import BadInputError

    where = home_at(home)
    if not load_schedule(where).timed:
        raise BadInputError(f"{where.schedule} has no source.", "docs/operations.md shows how it is written.")
    loop = ScheduleLoop(where, lambda text: say(f"{datetime.now(UTC):%H:%M:%S} {text}"))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())
    loop.run()


def _minute(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else ""

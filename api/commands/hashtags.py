"""``renqun hashtags``: which hashtags suit a text, as people of the lake use them."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import DEFAULT_ROLE, AsJson, AsRole, HomeDir, home_at, role_of, say, show

app = typer.Typer(
    help="Hashtags that suit a text, learned from the posts collected.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("learn")
def learn(home: HomeDir = None, as_json: AsJson = False) -> None:
    """Learn from the newest posts with hashtags; takes a minute. Do it again from time to time."""
    import json
    from dataclasses import asdict

    from mining.hashtags import learn_hashtags
    from privacy.disclosure import Disclosure

    learned = learn_hashtags(home_at(home), Disclosure.from_settings().k)
    if as_json:
        print(json.dumps(asdict(learned)))
        return
    say(
        f"{learned.hashtags:,} hashtags learned from {learned.posts:,} posts. Next: renqun hashtags suggest TEXT"
    )


@app.command("suggest")
def suggest(
    text: Annotated[str, typer.Argument(help="The text of a post, without hashtags.")],
    limit: Annotated[int, typer.Option(min=1, max=10, help="Hashtags to suggest at most.")] = 3,
    least: Annotated[
        float, typer.Option(min=0, max=1, help="Leave out what is less likely, beside the first.")
    ] = 0.2,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Suggest hashtags for a text, likeliest first."""
    from api.render.hashtags import hashtags_view
    from audience.tags.hashtags import suggest_hashtags

    show(suggest_hashtags(home_at(home), text, limit, role_of(role), least), as_json, hashtags_view)

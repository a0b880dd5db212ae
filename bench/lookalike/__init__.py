"""Lookalikes: how fast a list is made, how good it is and how honest its own test, beside `implicit`.

A task is a module here with ``measure(quick, say) -> Iterable[Figure]`` and a line in `TASKS`. The product's own scoring
and hold-out are measured; no setting was chosen on an audience that is judged (`docs/quality.md` names those it was).
"""

TASKS = {
    "deezer": "bench.lookalike.deezer",
    "twitch": "bench.lookalike.twitch",
    "yelp": "bench.lookalike.yelp",
    "speed": "bench.lookalike.speed",
}

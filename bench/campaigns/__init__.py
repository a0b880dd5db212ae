"""Campaigns whose effect is known, shops whose customers' chances are known, and a million touchpoints end to end.

A task is a module here with ``measure(quick, say) -> Iterable[Figure]`` and a line in `TASKS`.
"""

TASKS = {
    "lift": "bench.campaigns.lift",
    "orders": "bench.campaigns.orders",
    "propensity": "bench.campaigns.propensity",
    "touchpoints": "bench.campaigns.touchpoints",
}

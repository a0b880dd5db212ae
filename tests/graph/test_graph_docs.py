"""The Python that docs/graph.md shows runs, and its table of functions is the backend's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from graph.backend_info import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "graph.md").read_text("utf-8")


def test_the_examples_run_one_after_the_other() -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        exec(compile(block, "docs/graph.md", "exec"), names)


def test_every_function_is_in_the_table() -> None:
    shown = set(re.findall(r"`(\w+)`", PAGE))
    families = {f"{kind}{name}" for name in shown for kind in ("number_", "is_")}
    connected = {"is_connected", "is_weakly_connected", "is_strongly_connected"}
    assert set(FUNCTIONS) <= shown | families | connected

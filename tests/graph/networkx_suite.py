"""NetworkX's own tests on the backend, in a process of their own: what each test ended as."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import networkx

# Modules whose functions the backend has; the list of expected failures is of these.
MODULES = (
    "algorithms.centrality.tests.test_betweenness_centrality",
    "algorithms.centrality.tests.test_degree_centrality",
    "algorithms.community.tests.test_leiden",
    "algorithms.community.tests.test_louvain",
    "algorithms.community.tests.test_quality",
    "algorithms.components",
    "algorithms.link_analysis",
    "algorithms.shortest_paths.tests.test_unweighted",
    "algorithms.tests.test_cluster",
    "algorithms.tests.test_core",
    "algorithms.tests.test_link_prediction",
    "generators.tests.test_ego",
)

# A test's name to its reason; "" for one that passed.
Outcomes = dict[str, str]


def run_suite(
    folder: Path, fallback: bool, modules: tuple[str, ...] = MODULES
) -> tuple[Outcomes, Outcomes, str]:
    """What passed, what failed as expected (with the reason), and pytest's output where anything failed."""
    report = folder / "report.xml"
    environment = {**os.environ, "NETWORKX_TEST_BACKEND": "renqun", "PYTHONHASHSEED": "0"}
    if fallback:
        environment["NETWORKX_FALLBACK_TO_NX"] = "True"
    asked = ["--pyargs", *(f"networkx.{module}" for module in modules)]
    home = Path(networkx.__file__).parents[1]  # so that names of tests start at networkx, wherever it lies
    options = ["-q", "-p", "no:cacheprovider", f"--rootdir={home}", f"--junitxml={report}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *asked],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    passed: Outcomes = {}
    expected: Outcomes = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('networkx.')}::{case.get('name')}"
        skipped = case.find("skipped")
        if skipped is None:
            passed[name] = ""
        elif skipped.get("type") == "pytest.xfail":
            expected[name] = str(skipped.get("message"))
    return passed, expected, done.stdout if done.returncode else ""

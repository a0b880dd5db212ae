"""Who may ask the API, and from where: Host, Origin, keys, roles; errors as problem+json. Over a real uvicorn."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api.guard import host_of
from api.keys import add_key, revoke_key
from api.server import _HEALTHY_SECONDS, listen
from privacy.disclosure import Role
from privacy.errors import ForbiddenError
from privacy.home import Home
from privacy.hosts import is_loopback
from tests.api.renqun_process import one_error_line, renqun, serving


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def server(empty_home: Home) -> Iterator[str]:
    with serving(empty_home.root) as url:
        yield url


def assert_problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("LocalHost:8600", "localhost"),
        ("[::1]:8600", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("https://shop.example:44", "shop.example"),
        ("null", "null"),
        ("", ""),
    ],
)
def test_host_of(value: str, host: str) -> None:
    assert host_of(value) == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "10.0.0.1", "localhost.evil.example", "", "127.0.0.1.evil.example"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_health_says_that_there_is_no_index(server: str) -> None:
    response = httpx.get(server + "/v1/health")
    assert response.status_code == 200
    assert response.json() == {"status": "no index", "unreachable": [], "tables": {}}


def test_a_missing_index_is_503_with_retry_after_and_a_hint(server: str) -> None:
    response = httpx.get(server + "/v1/search", params={"q": "tag:露营"})
    body = assert_problem(response, 503)
    assert int(response.headers["retry-after"]) > 0
    assert "renqun mine" in str(body["hint"])


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8600"},
        {"host": "127.0.0.1.evil.example"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "localhost:1", "origin": "http://127.0.0.1:1"},
    ],
)
def test_foreign_hosts_and_origins_are_refused(server: str, headers: dict[str, str]) -> None:
    assert_problem(httpx.get(server + "/v1/health", headers=headers), 403)


def test_pages_of_the_server_itself_may_ask(server: str) -> None:
    assert httpx.get(server + "/v1/health", headers={"origin": server}).status_code == 200


def test_unknown_paths_methods_and_fields_are_problems(server: str) -> None:
    assert_problem(httpx.get(server + "/v1/nothing"), 404)
    assert_problem(httpx.delete(server + "/v1/health"), 405)
    body = assert_problem(httpx.post(server + "/v1/search", json={"query": "", "limt": 3}), 422)
    assert "limt" in str(body["errors"])
    assert_problem(httpx.get(server + "/v1/search", params={"limit": -1}), 422)
    assert_problem(
        httpx.post(server + "/v1/search", content=b"{", headers={"content-type": "application/json"}), 422
    )


def test_keys_open_what_their_role_may_see_and_close_the_open_door(tmp_path: Path) -> None:
    home = Home(tmp_path)
    analyst = add_key(home, "ann", Role.ANALYST)
    seeds = {"seeds": [{"source": "forum", "handle": "x"}]}
    with serving(home.root) as url:
        assert_problem(httpx.get(url + "/v1/runs"), 401)
        wrong = httpx.get(url + "/v1/runs", headers={"authorization": "Bearer rq_wrong"})
        assert_problem(wrong, 401)
        assert wrong.headers["www-authenticate"] == "Bearer"
        assert_problem(httpx.get(url + "/v1/runs", headers={"authorization": "Basic YTpi"}), 401)
        mine = {"authorization": f"Bearer {analyst}"}
        assert httpx.get(url + "/v1/runs", headers=mine).json() == []
        assert_problem(httpx.post(url + "/v1/lookalike", json=seeds, headers=mine), 403)
        likely = {"order": "lookalike", "like": seeds["seeds"]}
        assert_problem(httpx.post(url + "/v1/search", json=likely, headers=mine), 403)
        assert httpx.get(url + "/v1/health").status_code == 200
        revoke_key(home, "ann")
        assert_problem(httpx.get(url + "/v1/runs", headers=mine), 401)


def test_other_addresses_need_a_key(tmp_path: Path) -> None:
    done = renqun("serve", "--host", "0.0.0.0", "--port", "0", home=tmp_path)
    assert done.returncode == 2
    assert "renqun keys add" in one_error_line(done)


def test_with_a_key_another_address_may_be_listened_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(ForbiddenError):
        listen(home, "0.0.0.0", 0)
    add_key(home, "ann", Role.ANALYST)
    listen(home, "0.0.0.0", 0).close()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = renqun("serve", "--port", str(taken.getsockname()[1]), home=tmp_path)
    assert done.returncode == 2
    assert "--port" in one_error_line(done)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_workers_answer_side_by_side_and_one_that_is_killed_comes_back(empty_home: Home) -> None:
    with serving(empty_home.root, "--workers", "2") as url:
        first = min(_two_workers(url, without=0))
        os.kill(first, signal.SIGKILL)
        assert len(_two_workers(url, without=first)) == 2
        assert httpx.get(f"{url}/v1/health", timeout=60).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_connections_are_shared_evenly_by_the_workers_that_live(empty_home: Home) -> None:
    with serving(empty_home.root, "--workers", "2") as url, contextlib.ExitStack() as opened:
        workers = sorted(_two_workers(url, without=0))
        _until(lambda: min(_taken(url, workers, 1, opened)) > 0)
        opened.close()
        _until(lambda: not any(_taken(url, workers, 0, opened)))
        # Even but for where the machine kept one of them waiting.
        assert min(_taken(url, workers, 40, opened)) >= 14
        dead = workers.pop(0)
        there = _taken(url, workers, 0, opened)
        os.kill(dead, signal.SIGKILL)
        # Until another worker has come up, the dead one is waited for no longer than a moment.
        later = _taken(url, workers, 10, opened)
        assert later[0] - there[0] >= 5


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_worker_that_dies_while_it_is_asked_how_it_is_is_replaced_at_once(empty_home: Home) -> None:
    with serving(empty_home.root, "--workers", "2") as url:
        stopped = min(_two_workers(url, without=0))
        os.kill(stopped, signal.SIGSTOP)
        time.sleep(3)  # by now it has been asked
        os.kill(stopped, signal.SIGKILL)
        began = time.monotonic()
        _two_workers(url, without=stopped)
        assert time.monotonic() - began < _HEALTHY_SECONDS / 2


def _taken(url: str, workers: list[int], many: int, opened: contextlib.ExitStack) -> list[int]:
    """How many connections each worker has once it has had time to take so many more."""
    address = urlsplit(url)
    for _ in range(many):
        opened.enter_context(socket.create_connection((address.hostname, address.port)))
    time.sleep(1)
    established = _inodes(url, "01")
    return [
        sum(os.readlink(fd) in established for fd in Path(f"/proc/{pid}/fd").iterdir()) for pid in workers
    ]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _two_workers(url: str, without: int) -> set[int]:
    """Two of them other than ``without``, waited for."""
    deadline = time.monotonic() + 240
    while len(found := _workers(url) - {without}) < 2:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def _workers(url: str) -> set[int]:
    """The processes that listen there, but for the one that began them."""
    inodes = _inodes(url, "0A")
    holders = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(fd) in inodes for fd in (process / "fd").iterdir()):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                holders.add((int(process.name), parent))
    begun = {pid for pid, _ in holders}
    return {pid for pid, parent in holders if parent in begun}


def _inodes(url: str, state: str) -> set[str]:
    """The sockets of that port in a state of the kernel's: 0A listens, 01 is connected."""
    port = f":{int(url.rsplit(':', 1)[1]):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return {f"socket:[{line[9]}]" for line in lines if line[1].endswith(port) and line[3] == state}

"""A real Elasticsearch on loopback, for tests and benchmarks: fetched once with Maven, run as an ordinary user.

The distribution is Elasticsearch's own ``integ-test-zip``: the same server with four modules. The zip is kept in the
user's cache folder, unpacked once a checkout into ``.elasticsearch/``; data and settings of a run lie in a folder of
their own that goes with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "9.5.2"
_ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_NAME = f"elasticsearch-{VERSION}"
_JAVA_FROM = 21
_CHECKOUT = Path(__file__).resolve().parents[1]
_START_SECONDS = 200
_NOBODY = "nobody"
_SETTINGS = """cluster.name: renqun-test
node.name: renqun-test-1
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
path.data: {folder}/data
path.logs: {folder}/logs
cluster.routing.allocation.disk.threshold_enabled: false
node.store.allow_mmap: false
"""
_JVM = "-Djava.io.tmpdir={folder}/tmp\n--add-modules=jdk.incubator.vector\n-XX:+ExitOnOutOfMemoryError\n"
_OPEN = "xpack.security.enabled: false\n"
_LOCKED = """xpack.security.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.certificate: certificate.pem
xpack.security.http.ssl.key: key.pem
"""
# Half the processor time of a start, and slower afterwards: for tests, not to measure with.
_QUICK_JVM = "-XX:+UseSerialGC\n-XX:TieredStopAtLevel=1\n"


class AbsentError(Exception):
    """Elasticsearch cannot be run here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What it takes to run one: Maven, and a JDK of 21 or later."""

    maven: Path
    java: Path

    @classmethod
    def find(cls) -> Tools:
        """Look for both. Raises AbsentError."""
        maven = shutil.which("mvn")
        if maven is None:
            raise AbsentError("Maven (mvn) is not installed")
        if platform.system() == "Windows":
            raise AbsentError("not run on Windows")
        return cls(Path(maven), _newest_java())


def _newest_java() -> Path:
    """The home of the newest JDK. Raises AbsentError where none is new enough."""
    given = [Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)]
    usual = [
        *Path("/usr/lib/jvm").glob("*"),
        *Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home"),
    ]
    found = {
        home: _java_version(home) for home in (*given, *sorted(usual)) if (home / "bin" / "java").exists()
    }
    best = max(found, key=lambda home: found[home], default=None)
    if best is None or found[best] < _JAVA_FROM:
        raise AbsentError(f"no JDK of {_JAVA_FROM} or later in ES_JAVA_HOME, JAVA_HOME or /usr/lib/jvm")
    return best


def _java_version(home: Path) -> int:
    """The major version in a JDK's ``release`` file; 0 where it says none."""
    with contextlib.suppress(OSError, ValueError):
        for line in (home / "release").read_text("utf-8").splitlines():
            if line.startswith("JAVA_VERSION="):
                return int(line.split('"')[1].split(".")[0])
    return 0


def fetched(tools: Tools) -> Path:
    """The zip in the user's cache folder, fetched there the first time. Raises AbsentError."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "renqun" / "elasticsearch"
    kept = cache / f"{_NAME}.zip"
    if kept.exists():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        command = [
            str(tools.maven),
            "-B",
            "-q",
            _COPY,
            f"-Dartifact={_ARTIFACT}",
            f"-DoutputDirectory={folder}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines()
            raise AbsentError(f"Maven could not fetch {_ARTIFACT}: {said[0] if said else done.returncode}")
        (Path(folder) / kept.name).replace(kept)
    return kept


def unpacked(kept: Path) -> Path:
    """The distribution's folder, unpacked the first time: in the checkout, or where any user may enter."""
    base = _CHECKOUT / ".elasticsearch"
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in base.parents):
        base = Path(tempfile.gettempdir()) / ".renqun-elasticsearch"
    home = base / _NAME
    if not home.exists():
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base) as folder:
            with zipfile.ZipFile(kept) as archive:
                archive.extractall(folder)
            fresh = Path(folder) / _NAME
            for script in (fresh / "bin").iterdir():
                script.chmod(0o755)
            with contextlib.suppress(OSError):  # another process was faster
                fresh.rename(home)
    return home


@dataclass(frozen=True, slots=True)
class Lock:
    """TLS and login: PEM files of the authority and of a certificate for 127.0.0.1; one user and what it may do.

    ``rights`` are the fields of a role in Elasticsearch; the user needs ``monitor`` at least.
    """

    authority: Path
    certificate: Path
    key: Path
    user: str
    password: str
    rights: dict[str, Any]

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client needs to trust the server."""
        return ssl.create_default_context(cafile=self.authority)

    @property
    def login(self) -> dict[str, str]:
        """The user's header."""
        return {"Authorization": f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"}


class ElasticsearchServer:
    """One node on free loopback ports; its data lies in a folder of its own and outlives a kill."""

    def __init__(self, heap: str = "1g", quick: bool = False, lock: Lock | None = None) -> None:
        """Fetch what is missing and start; ``quick`` trades speed for a short start. Raises AbsentError."""
        tools = Tools.find()
        self._home, self._java, self._heap = unpacked(fetched(tools)), tools.java, heap
        self._folder = Path(tempfile.mkdtemp(prefix="renqun-elasticsearch-"))
        self._port, self._lock = _free_port(), lock
        self._configure(quick)
        self.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._lock else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers; it ends with the thread that called this."""
        for old in self._folder.glob("node.pid"):
            old.unlink()
        heap = f"-Xms{self._heap} -Xmx{self._heap}"
        command = [
            *_as_ordinary_user(),
            str(self._home / "bin" / "elasticsearch"),
            "-p",
            str(self._folder / "node.pid"),
        ]
        with (self._folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env={**self._environment, "ES_JAVA_OPTS": heap},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for _ in _until(_START_SECONDS):
            if self._answers():
                return
            if self._process.poll() is not None:
                break
        said = (self._folder / "console.log").read_text("utf-8", errors="replace").strip().splitlines()
        self.close()
        raise AssertionError("Elasticsearch did not start: " + " | ".join(said[-5:]))

    def kill(self) -> None:
        """End the node as a crash would."""
        os.kill(int((self._folder / "node.pid").read_text()), signal.SIGKILL)
        self._process.wait(60)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside it the node stands still: its connections stay open, and nothing is answered."""
        node = int((self._folder / "node.pid").read_text())
        os.kill(node, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(node, signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its data."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self, quick: bool) -> None:
        config = self._folder / "config"
        shutil.copytree(self._home / "config", config)
        values = {"http": self._port, "transport": _free_port(), "folder": self._folder}
        settings = _SETTINGS.format(**values) + (_LOCKED if self._lock else _OPEN)
        (config / "elasticsearch.yml").write_text(settings, "utf-8")
        (config / "jvm.options").write_text(_JVM.format(**values) + (_QUICK_JVM if quick else ""), "utf-8")
        for name in ("data", "logs", "tmp"):
            (self._folder / name).mkdir()
        if self._lock:
            self._lock_up(self._lock, config)
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                shutil.chown(path, _NOBODY)

    def _lock_up(self, lock: Lock, config: Path) -> None:
        shutil.copy(lock.certificate, config / "certificate.pem")
        shutil.copy(lock.key, config / "key.pem")
        (config / "roles.yml").write_text(json.dumps({lock.user: lock.rights}), "utf-8")
        command = [str(self._home / "bin" / "elasticsearch-users"), "useradd", lock.user]
        login = ["-p", lock.password, "-r", lock.user]
        subprocess.run([*command, *login], env=self._environment, check=True, capture_output=True)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "ES_JAVA_HOME": str(self._java),
            "ES_PATH_CONF": str(self._folder / "config"),
            "ES_TMPDIR": str(self._folder / "tmp"),
        }

    def _answers(self) -> bool:
        # The licence comes a moment after the node, and the node's own indices with it.
        ready = ("_license", "_cluster/health?wait_for_status=yellow&timeout=2s")
        try:
            for path in ready:
                asked = urllib.request.Request(
                    f"{self.url}/{path}", headers=self._lock.login if self._lock else {}
                )
                trust = self._lock.trust if self._lock else None
                urllib.request.urlopen(asked, timeout=5, context=trust).close()
        except (urllib.error.URLError, OSError):
            return False
        return True


def _as_ordinary_user() -> list[str]:
    """The prefix of a command: not as root, which the server refuses, and ended with this process where that can be."""
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
    if setpriv is None:
        raise AbsentError("Elasticsearch does not run as root, and setpriv (util-linux) is not installed")
    return [setpriv, "--reuid", _NOBODY, "--regid", "nogroup", "--clear-groups", "--pdeathsig", "TERM", "--"]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.2)


if __name__ == "__main__":  # exit code 0 where it can be run, else 1 with the reason
    try:
        print(f"Elasticsearch {VERSION} can be run with {Tools.find().java}")
    except AbsentError as absent:
        sys.exit(f"Elasticsearch cannot be run: {absent}")

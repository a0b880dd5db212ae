"""Keyed pseudonyms: an account's or a post's id outside the vault."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Sequence

from privacy.errors import StorageError, UnavailableError
from privacy.home import Home

KEY_BYTES = 32
_BLOCK = hashlib.sha256().block_size
ID_HEX = 32  # 128 bits


class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) of ``kind NUL source NUL native-id``, its first 128 bits as hex.

    The two inner hash states of the key are kept, so that an id costs two short updates.
    """

    def __init__(self, key: bytes) -> None:
        block = (
            key.ljust(_BLOCK, b"\0")
            if len(key) <= _BLOCK
            else hashlib.sha256(key).digest().ljust(_BLOCK, b"\0")
        )
        self._pads = bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
        self._inner, self._outer = map(hashlib.sha256, self._pads)
        self._hashers: dict[tuple[str, str], Callable[[str], str]] = {}

    @classmethod
    def open(cls, home: Home) -> Pseudonyms:
        """Read the home's key; the first call makes it. Raises StorageError, or UnavailableError for a damaged key."""
        key = _read_key(home) or _make_key(home)
        if len(key) != KEY_BYTES:
            raise UnavailableError(
                f"The pseudonym key {home.key_file} is damaged: {len(key)} bytes instead of {KEY_BYTES}.",
                "Restore it from a backup: without it no id in the lake can be matched again.",
            )
        return cls(key)

    def account(self, source: str, native_id: str) -> str:
        """``u`` + 32 hex."""
        return "u" + self._hasher("account", source)(native_id)

    def post(self, source: str, native_id: str) -> str:
        """``p`` + 32 hex."""
        return "p" + self._hasher("post", source)(native_id)

    def pads(self, kind: str, source: str) -> tuple[bytes, bytes]:
        """What the inner and the outer hash of each id of this kind begin with; as secret as the key."""
        inner, outer = self._pads
        return inner + _named(kind, source), outer

    def accounts(self, sources: str | Sequence[str], native_ids: Iterable[str]) -> list[str]:
        """Ids of many accounts; ``sources`` is one source for all, or one for each."""
        return self._many("u", "account", sources, native_ids)

    def posts(self, sources: str | Sequence[str], native_ids: Iterable[str]) -> list[str]:
        """Ids of many posts; ``sources`` is one source for all, or one for each."""
        return self._many("p", "post", sources, native_ids)

    def customers(self, ids: Iterable[str]) -> list[str]:
        """Ids of customers who have no account: ``u`` + 32 hex as accounts have them, and never those of an account."""
        return self._many("u", "customer", "", ids)

    def touchpoints(self, source: str, keys: Iterable[str]) -> list[str]:
        """Ids of many touchpoints of one source: ``t`` + 32 hex, from what makes each the same when it comes again."""
        return self._many("t", "touchpoint", source, keys)

    def draws(self, purpose: str, persons: Sequence[str]) -> list[str]:
        """32 hex digits a person, fixed by key and purpose: lots that nobody can foresee and that fall the same again."""
        return self._many("", "draw", purpose, persons)

    def _many(
        self, prefix: str, kind: str, sources: str | Sequence[str], native_ids: Iterable[str]
    ) -> list[str]:
        if isinstance(sources, str):
            one = self._hasher(kind, sources)
            return [prefix + one(native_id) for native_id in native_ids]
        hashers = {source: self._hasher(kind, source) for source in set(sources)}
        return [
            prefix + hashers[source](native_id) for source, native_id in zip(sources, native_ids, strict=True)
        ]

    def _hasher(self, kind: str, source: str) -> Callable[[str], str]:
        found = self._hashers.get((kind, source))
        if found is None:
            found = self._hashers[kind, source] = self._made_hasher(kind, source)
        return found

    def _made_hasher(self, kind: str, source: str) -> Callable[[str], str]:
        started = self._inner.copy()
        started.update(_named(kind, source))
        start, finish = started.copy, self._outer.copy

        def digest(native_id: str) -> str:
            inner = start()
            inner.update(native_id.encode("utf-8", "surrogatepass"))
            outer = finish()
            outer.update(inner.digest())
            return outer.hexdigest()[:ID_HEX]

        return digest


def _named(kind: str, source: str) -> bytes:
    return f"{kind}\0{source}\0".encode("utf-8", "surrogatepass")


def make_vault(home: Home) -> None:
    """Create the vault folder, readable by its owner alone."""
    home.root.mkdir(parents=True, exist_ok=True)
    home.vault.mkdir(mode=0o700, exist_ok=True)
    if home.vault.stat().st_mode & 0o077:
        home.vault.chmod(0o700)


def _read_key(home: Home) -> bytes | None:
    try:
        mode = home.key_file.stat().st_mode
        if mode & 0o077:
            home.key_file.chmod(0o600)
        return home.key_file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnavailableError(
            f"The pseudonym key {home.key_file} can't be read: {error.strerror}."
        ) from error


def _make_key(home: Home) -> bytes:
    """Write a new key beside its place and link it there: of two processes that start at once, one key wins."""
    if (home.vault / "names").exists():
        raise UnavailableError(
            f"The pseudonym key {home.key_file} is missing, though this home holds rows already.",
            "Restore it from a backup; with a new key no id in the lake could be matched again.",
        )
    key = secrets.token_bytes(KEY_BYTES)
    draft = home.vault / f".key-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        make_vault(home)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, home.key_file)
        except FileExistsError:
            return home.key_file.read_bytes()
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"The pseudonym key can't be written below {home.vault}: {error.strerror}.",
            "Free some space or choose another home with --home.",
        ) from error
    return key

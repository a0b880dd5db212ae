"""The tracked accounts: our own brands, competitors and media, listed in ``brands.toml``. They are public."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import toml_value, write_text


class BrandRole(StrEnum):
    """Whose account it is."""

    OURS = "ours"
    COMPETITOR = "competitor"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Brand:
    """A tracked name and its accounts, each ``source:handle`` or ``source:#native_id``.

    ``aliases`` are other words by which people write of it; ``unlike`` longer phrases that only look like one of its
    words and are not it (``小米粥``).
    """

    name: str
    role: BrandRole
    accounts: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("accounts", "aliases", "unlike"):
            value = getattr(self, field)
            if isinstance(value, str) or not all(isinstance(word, str) for word in value):
                raise BadInputError(f"Brand {self.name!r}: {field} is a list of texts.")
            object.__setattr__(self, field, tuple(value))
        try:
            object.__setattr__(self, "role", BrandRole(self.role))
        except ValueError:
            raise BadInputError(
                f"Brand {self.name!r} has the role {self.role!r}; it can be ours, competitor or media."
            ) from None
        if not self.name.strip():
            raise BadInputError("A brand needs a name.")
        for account in self.accounts:
            source, _, name = account.partition(":")
            if not source or not name.lstrip("#@"):
                raise BadInputError(
                    f"Brand {self.name!r}: {account!r} is no account; write source:handle or source:#native_id."
                )

    @property
    def kind(self) -> str:
        """The account kind its accounts get: ``media`` or ``brand``."""
        return "media" if self.role is BrandRole.MEDIA else "brand"


class BrandIndex:
    """Finds the brand of an account of one source, by native id or handle."""

    def __init__(self, brands: Sequence[Brand], source: str) -> None:
        self._by_native: dict[str, Brand] = {}
        self._by_handle: dict[str, Brand] = {}
        for brand in brands:
            for account in brand.accounts:
                of, _, name = account.partition(":")
                if of != source:
                    continue
                if name.startswith("#"):
                    self._by_native[name[1:]] = brand
                else:
                    self._by_handle[name.lstrip("@").lower()] = brand

    def find(self, native_id: str, handle: str | None) -> Brand | None:
        """The brand, or None for everyone else."""
        return self._by_native.get(native_id) or (self._by_handle.get(handle.lower()) if handle else None)

    def __bool__(self) -> bool:
        return bool(self._by_native or self._by_handle)


def load_brands(home: Home) -> list[Brand]:
    """Read ``brands.toml``, once a change; no file means no brand. Raises BadInputError with the fault."""
    try:
        status = home.brands.stat()
    except FileNotFoundError:
        return []
    return list(_read(home.brands, status.st_ino, status.st_mtime_ns, status.st_size))


@functools.lru_cache(maxsize=16)
def _read(path: Path, *_: int) -> tuple[Brand, ...]:
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is not valid TOML: {error}.") from error
    entries = table.get("brand", [])
    if set(table) - {"brand"} or not isinstance(entries, list):
        raise BadInputError(f"{path}: write each brand as a [[brand]] entry.")
    brands = []
    for entry in entries:
        try:
            brands.append(Brand(**entry))
        except (TypeError, AttributeError) as error:
            raise BadInputError(
                f"{path}: a [[brand]] has name, role and accounts, and may have aliases and unlike ({error})."
            ) from error
    names = [brand.name for brand in brands]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInputError(f"{path}: brand {twice[0]!r} is there twice.")
    return tuple(brands)


def write_brands(home: Home, brands: Sequence[Brand]) -> None:
    """Write ``brands.toml`` anew."""
    entries = [
        f"[[brand]]\nname = {toml_value(brand.name)}\nrole = {toml_value(brand.role.value)}\n"
        f"accounts = {toml_value(brand.accounts)}\n"
        + "".join(
            f"{field} = {toml_value(words)}\n"
            for field, words in (("aliases", brand.aliases), ("unlike", brand.unlike))
            if words
        )
        for brand in brands
    ]
    write_text(home, home.brands, "\n".join(entries))

from __future__ import annotations

import hmac
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.errors import UnavailableError
from privacy.home import Home
from privacy.pseudonym_columns import account_column, post_column
from privacy.pseudonyms import Pseudonyms


def test_ids_are_hmac_sha256_over_kind_source_and_native_id(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    ids = Pseudonyms.open(home)
    key = home.key_file.read_bytes()
    expected = hmac.digest(key, "account\0微博\0 42".encode(), "sha256").hex()[:32]
    assert ids.account("微博", " 42") == "u" + expected
    assert ids.post("微博", "42")[1:] != ids.account("微博", "42")[1:]
    assert ids.post("s", "1").startswith("p")


def test_batches_equal_single_calls(tmp_path: Path) -> None:
    ids = Pseudonyms.open(Home(tmp_path))
    natives = [str(number) for number in range(100)]
    assert ids.accounts("s", natives) == [ids.account("s", native) for native in natives]
    assert ids.posts(["a", "b"], ["1", "1"]) == [ids.post("a", "1"), ids.post("b", "1")]


@given(
    natives=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))),
    source=st.text(max_size=8),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_equal_single_calls(tmp_path: Path, natives: list[str | None], source: str) -> None:
    ids = Pseudonyms.open(Home(tmp_path))
    column = pl.Series("who", natives, pl.String)
    for made, one in ((account_column, ids.account), (post_column, ids.post)):
        found = made(ids, source, column)
        assert found.to_list() == [None if native is None else one(source, native) for native in natives]
        assert found.name == "who"
        assert found.dtype == pl.String()


def test_key_and_vault_are_the_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    Pseudonyms.open(home)
    assert stat.S_IMODE(home.vault.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert [path.name for path in home.vault.iterdir()] == ["pseudonym.key"]


def test_rights_that_were_opened_are_closed_again(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    Pseudonyms.open(home)
    home.key_file.chmod(0o644)
    Pseudonyms.open(home)
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600


def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    Pseudonyms.open(home)
    home.key_file.write_bytes(b"short")
    with pytest.raises(UnavailableError, match="damaged"):
        Pseudonyms.open(home)
    assert home.key_file.read_bytes() == b"short"


def test_a_lost_key_is_never_made_anew_over_rows_that_need_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    Pseudonyms.open(home)
    (home.vault / "names").mkdir()
    home.key_file.unlink()
    with pytest.raises(UnavailableError, match="missing"):
        Pseudonyms.open(home)
    assert not home.key_file.exists()


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from privacy.home import Home; from privacy.pseudonyms import Pseudonyms;"
        "print(Pseudonyms.open(Home.find(sys.argv[1])).account('s', '1'))"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "h")], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({child.communicate()[0] for child in children}) == 1
    assert {child.returncode for child in children} == {0}


def test_privacy_starts_light() -> None:
    code = (
        "import sys, privacy.audit, privacy.optouts, privacy.policies, privacy.brands, privacy.disclosure,"
        " privacy.sensitive, lake.store, lake.locks;"
        "print([m for m in ('sqlalchemy', 'polars', 'pyarrow.parquet', 'deltalake') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"

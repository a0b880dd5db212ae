from __future__ import annotations

from pathlib import Path

import pytest

from privacy.brands import Brand, BrandIndex, BrandRole, load_brands, write_brands
from privacy.errors import BadInputError, NoPolicyError
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy, add_policy, load_policies


def policy(source: str = "forum", base_url: str = "https://forum.example", **more: object) -> Policy:
    entry: dict[str, object] = {
        "source": source,
        "base_url": base_url,
        "kind": "discourse",
        "legal_basis": '合法利益 "6(1)(f)" \\ 公开',
        "fields": ALL_FIELDS,
        "terms_url": "https://forum.example/tos",
    }
    return Policy(**(entry | more))  # type: ignore[arg-type]


def test_entries_round_trip_and_the_rest_of_the_file_stays(tmp_path: Path) -> None:
    home = Home(tmp_path / "h")
    add_policy(home, policy("a.b"))
    home.sources.write_text("# 说明\n" + home.sources.read_text("utf-8"), "utf-8")
    add_policy(home, policy("second", rate=1000.0, contact_allowed=True))
    add_policy(home, policy("a.b", retention_days=30))
    loaded = load_policies(home)
    assert loaded.for_source("a.b") == policy("a.b", retention_days=30)
    assert loaded.for_source("second") == policy("second", rate=1000.0, contact_allowed=True)
    assert len(loaded) == 2
    assert home.sources.read_text("utf-8").startswith("# 说明")


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://forum.example/t/1.json", "forum"),
        ("https://FORUM.example:443/", "forum"),
        ("https://forum.example/sub/t/1.json", "sub"),
        ("https://forum.example/subway", "forum"),
    ],
)
def test_the_entry_of_a_url(tmp_path: Path, url: str, source: str) -> None:
    home = Home(tmp_path)
    add_policy(home, policy())
    add_policy(home, policy("sub", "https://forum.example/sub"))
    assert load_policies(home).for_url(url).source == source


@pytest.mark.parametrize(
    "url",
    [
        "http://forum.example/",
        "https://forum.example:8443/",
        "https://evil-forum.example/",
        "https://forum.example.evil/",
        "https://forum.example:x/",
        "nonsense",
    ],
)
def test_no_entry_no_crawl_and_the_message_shows_the_entry(tmp_path: Path, url: str) -> None:
    home = Home(tmp_path)
    add_policy(home, policy())
    with pytest.raises(NoPolicyError) as caught:
        load_policies(home).for_url(url)
    assert "base_url" in caught.value.hint
    assert "legal_basis" in caught.value.hint
    assert str(home.sources) in caught.value.hint


def test_the_shown_entry_can_be_added_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(NoPolicyError) as caught:
        load_policies(home).for_url("https://forum.example/x")
    home.sources.write_text(caught.value.hint.split("\n\n", 1)[1], "utf-8")
    assert load_policies(home).for_url("https://forum.example/x").source == "forum-example"


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "x = 3",
        '[x]\nbase_url = "https://a"',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = ["posts.*"]\nterms_url = "t"\nspeed = 3',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = ["posts.*"]\nterms_url = "t"\nrate = 0',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = ["posts.*"]\nterms_url = "t"\nrate = "fast"',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = ["posts.*"]\nterms_url = "t"\nrobots = "ignore"',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = ["posts.*"]',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = []\nterms_url = "t"',
        '[x]\nbase_url = "https://a"\nkind = "k"\nlegal_basis = "l"\nfields = "posts.*"\nterms_url = "t"',
    ],
)
def test_bad_entries_are_refused_in_one_line(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    home.sources.write_text(text, "utf-8")
    with pytest.raises(BadInputError) as caught:
        load_policies(home)
    assert "\n" not in str(caught.value)


def test_the_id_changes_with_every_word_of_the_entry() -> None:
    assert policy().id == policy().id
    assert len({policy().id, policy(rate=9.0).id, policy(fields=("posts.text",)).id}) == 3


def test_fields_are_kept_by_name_or_by_table() -> None:
    entry = policy(fields=("posts.text", "accounts.*"))
    assert entry.keeps("posts", "text")
    assert entry.keeps("accounts", "region")
    assert not entry.keeps("posts", "title")


def test_brands_round_trip_and_are_found_by_handle_and_native_id(tmp_path: Path) -> None:
    home = Home(tmp_path)
    brands = [
        Brand('山野"牌"', BrandRole.OURS, ("forum:Shanye", "micro:#42")),
        Brand("快报", BrandRole.MEDIA, ("micro:@kuaibao",)),
    ]
    assert load_brands(home) == []
    write_brands(home, brands)
    assert load_brands(home) == brands
    index = BrandIndex(brands, "micro")
    assert index.find("42", None) == brands[0]
    assert index.find("1", "KuaiBao") == brands[1]
    assert index.find("1", "shanye") is None
    assert brands[1].kind == "media"


@pytest.mark.parametrize(
    "text",
    [
        '[[brand]]\nname = "x"\nrole = "enemy"\naccounts = []',
        '[[brand]]\nname = "x"\nrole = "ours"\naccounts = ["nosource"]',
        '[[brand]]\nname = "x"\nrole = "ours"',
        '[brand]\nname = "x"',
        "brand = 3",
        '[[brand]]\nname = "x"\nrole = "ours"\naccounts = []\n[[brand]]\nname = "x"\nrole = "ours"\naccounts = []',
    ],
)
def test_bad_brands_are_refused(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path)
    home.brands.write_text(text, "utf-8")
    with pytest.raises(BadInputError):
        load_brands(home)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.mentions import GONE, LINK, Mentions
from privacy.pseudonyms import Pseudonyms

IDS = Pseudonyms(b"k" * 32)


def token(native_id: str) -> str:
    return "@" + IDS.account("s", native_id)


def mentions(
    ascii_handles: bool = True, known: dict[str, str] | None = None, gone: set[str] | None = None
) -> Mentions:
    return Mentions(
        lambda name: IDS.account("s", name), known or {}, ascii_handles, "forum.example", gone or set()
    )


ALICE = {"alice": IDS.account("s", "17")}


def test_the_rows_own_list_comes_first() -> None:
    replacer = mentions(known={"alice": IDS.account("s", "99")})
    assert replacer.replace("hi @Alice!", ALICE) == f"hi {token('17')}!"
    assert replacer.replace("hi @Alice!") == f"hi {token('99')}!"
    assert replacer.replace("hi @Bob!") == f"hi {token('bob')}!"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@alice你好", f"{token('alice')}你好"),
        ("@alice.", f"{token('alice')}."),
        ("@alice@far.example, hi", f"{token('alice@far.example')}, hi"),
        ("＠alice", token("alice")),
        ("谢谢@小明：好的", f"谢谢{token('小明')}：好的"),
        ("转发//@小明:好//@李 四：妙", f"转发//{token('小明')}:好//{token('李 四')}：妙"),
        (
            '[quote="Carol, post:3, topic:9"]x[/quote]',
            f'[quote="{token("carol")}, post:3, topic:9"]x[/quote]',
        ),
        ("> dave wrote:\n> hi", f"> {token('dave')} wrote:\n> hi"),
        ("回复 小红：谢谢", f"回复 {token('小红')}：谢谢"),
        ("见 https://forum.example/u/alice 好", f"见 {LINK} 好"),
        ("https://m.example/@alice/1093", LINK),
        ("https://weibo.com/u/123456，看", f"{LINK}，看"),
        ("看 https://example.org/tents 这款", "看 https://example.org/tents 这款"),
        ("回复：谢谢", "回复：谢谢"),
        ("回复我：好", "回复我：好"),
        ("妈妈：\n好", "妈妈：\n好"),
        ("he said: no", "he said: no"),
        ("8点 @ 公园", "8点 @ 公园"),
        ("价格：20", "价格：20"),
    ],
)
def test_names_become_tokens(text: str, expected: str) -> None:
    assert mentions().replace(text) == expected


def test_a_known_name_alone_on_its_line_is_a_quote_attribution() -> None:
    assert mentions(known=ALICE).replace("alice:\n> 真好") == f"{token('17')}:\n> 真好"


def test_where_nicks_may_be_chinese_the_whole_run_is_the_nick() -> None:
    assert mentions(ascii_handles=False).replace("@a小明 好") == f"{token('a小明')} 好"


def test_an_account_that_opted_out_leaves_no_token() -> None:
    gone = {IDS.account("s", "17")}
    assert mentions(gone=gone).replace("@alice 好", ALICE) == f"{GONE} 好"
    assert mentions(gone=gone).replace(f"{GONE} 好", ALICE) == f"{GONE} 好"


@given(st.text('@＠ab小明:：/ \n>[]"=quote回复._-', max_size=40))
def test_never_raises_and_tokens_stay(text: str) -> None:
    once = mentions().replace(text, ALICE)
    assert mentions().replace(once, ALICE) == once


def test_absent_texts_stay_absent() -> None:
    assert mentions().replace_all([None, "好", "@x1"]) == [None, "好", token("x1")]

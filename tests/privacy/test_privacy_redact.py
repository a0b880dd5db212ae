from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.redact import redact, redact_all

FOUND = [
    ("联系 13812345678 谢谢", "联系 [手机] 谢谢"),
    ("138-1234-5678", "[手机]"),
    ("138 1234 5678", "[手机]"),
    ("１３８１２３４５６７８", "[手机]"),
    ("１３８　１２３４　５６７８", "[手机]"),
    ("+8613812345678", "[手机]"),
    ("+86 138-1234-5678", "[手机]"),
    ("0086 13812345678", "[手机]"),
    ("(+86)13812345678", "[手机]"),
    ("（+86）13812345678", "[手机]"),
    ("8613812345678", "[手机]"),
    ("电话13912345678，", "电话[手机]，"),
    ("tel:19912345678", "tel:[手机]"),
    ("138 1234 5678 139 1234 5678", "[手机] [手机]"),
    ("1381 2345 678", "[手机]"),
    ("身份证11010519491231002X", "身份证[身份证]"),
    ("11010519491231002x。", "[身份证]。"),
    ("110105 19491231 002X", "[身份证]"),
    ("440308199901010012", "[身份证]"),
    ("１１０１０５１９４９１２３１００２Ｘ", "[身份证]"),
    ("老证号130503670401001", "老证号[身份证]"),
    ("a.b+c@mail.example.com", "[邮箱]"),
    ("发到zhang_san@qq.com吧", "发到[邮箱]吧"),
    ("ＡＢＣ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[邮箱]"),
    ("12345678@qq.com", "[邮箱]"),
    ("卡号6222021234567890128", "卡号[银行卡]"),
    ("4111 1111 1111 1111", "[银行卡]"),
    ("4111-1111-1111-1111", "[银行卡]"),
    ("5500005555555559", "[银行卡]"),
    ("加微信 xiaoming_88", "加微信 [微信]"),
    ("微信号：abcdefg", "微信号：[微信]"),
    ("微信：abcdefg", "微信：[微信]"),
    ("vx abc12345", "vx [微信]"),
    ("VX：qwerty", "VX：[微信]"),
    ("V信: hello_w", "V信: [微信]"),
    ("wx:feng2020", "wx:[微信]"),
    ("加v lulu666", "加v [微信]"),
    ("加V：lulululu", "加V：[微信]"),
    ("➕v lulu666", "➕v [微信]"),
    ("薇信 mm12345", "薇信 [微信]"),
    ("wxid_a1b2c3d4e5f6", "[微信]"),
    ("微信13812345678", "微信[手机]"),
    ("微信 123456789", "微信 [微信]"),
    ("weixin: test_user", "weixin: [微信]"),
    ("QQ12345678", "QQ[QQ]"),
    ("qq号：1234567", "qq号：[QQ]"),
    ("加QQ群 987654321", "加QQ群 [QQ]"),
    ("扣扣 55667788", "扣扣 [QQ]"),
    ("企鹅号10086111", "企鹅号[QQ]"),
    ("ＱＱ：１２３４５６７", "ＱＱ：[QQ]"),
]
KEPT = [
    "2024-01-01 12:30:59",
    "2024年10月1日13:00集合",
    "20240101",
    "价格 ¥13812.50，原价19999",
    "满300减50，到手1299元",
    "订单号 20240101123456789",
    "订单号6222021234567890128",
    "快递单号 SF1234567890123",
    "1700000000000",  # a time in milliseconds
    "010-12345678",
    "400-123-4567",
    "12306",
    "10086",
    "微信 Android 版更新了",
    "微信支付20000元",
    "微信公众号：renqun",
    "微信群 500 人",
    "微信 10000步",
    "QQ音乐真好听",
    "QQ 10000人在线",
    "企鹅2024年",
    "iPhone15 Pro Max 256G",
    "加VIP会员享8折",
    "vivo X100 骁龙8gen3",
    "wxPython 教程",
    "1 3 5 7 9 11 13 15 17 19",
    "3.1415926535897932",
    "比分 138:126",
    "@小明 你好",
    "@bob@far.example 你好",
    "ISBN 9787111111111",
    "6222021234567890127",  # Luhn is wrong
    "0000000000000000",
    "440308199901010013",  # the checksum is wrong
    "110105194912310021",  # checksum is wrong, and no issuer begins with 1
    "138123456789",  # twelve digits
    "@u13812345678abcdef0123456789abcde 说得对",
    "p13812345678abcdef0123456789abcde",
    "今天去公园露营，天气真好",
    "",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_finds(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_leaves_alone(text: str) -> None:
    assert redact(text) == text


def test_many_keep_their_places() -> None:
    assert redact_all(["13812345678", None, "", "好"]) == ["[手机]", None, "", "好"]


def test_finds_every_kind_in_one_text() -> None:
    text = "我叫小明，手机13812345678，身份证11010519491231002X，邮箱a@b.cn，卡6222021234567890128，vx：xm_1990，QQ 1234567"
    assert redact(text) == "我叫小明，手机[手机]，身份证[身份证]，邮箱[邮箱]，卡[银行卡]，vx：[微信]，QQ [QQ]"


_NUMBERS = st.text("0123456789０１Xx -—.+()（）@qQvVxX微信扣:：加abz_", max_size=60)


@given(st.one_of(st.text(max_size=80), _NUMBERS))
def test_never_raises_and_is_idempotent(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(
    st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text("好的，。！? \n", max_size=20),
)
def test_no_mobile_number_survives(before: str, number: str, after: str) -> None:
    assert number not in redact(before + number + after)


@given(st.from_regex(r"6[0-9]{14,17}", fullmatch=True))
def test_no_card_survives(body: str) -> None:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    check = -sum(value // 10 + value % 10 for value in doubled) % 10
    number = f"{body}{check}"
    kept = redact(f"卡号 {number} 谢谢")
    assert number not in kept or len(set(number)) == 1

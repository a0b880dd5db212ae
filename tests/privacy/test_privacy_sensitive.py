from __future__ import annotations

import pytest

from privacy.sensitive import sensitive_matter

SENSITIVE = {
    "health": [
        "糖尿病",
        "抗癌日记",
        "抑郁症",
        "憂鬱症",
        "精神病",
        "HIV",
        "ＨＩＶ",
        "乙肝患者",
        "diabetes",
        "糖 尿 病",
        "bipolar",
        "不孕不育",
        "残疾人",
    ],
    "religion": ["基督徒", "佛教", "穆斯林", "伊斯兰教", "Muslims", "church", "法轮功", "信佛", "Buddhist"],
    "politics": [
        "共产党员",
        "民进党",
        "民進黨",
        "左派",
        "台独",
        "罢工",
        "dissident",
        "far-right",
        "elections",
    ],
    "ethnicity": ["维吾尔", "維吾爾", "藏族", "回族", "少数民族", "黑人", "Tibetan", "uyghurs", "混血"],
    "sexuality": ["同性恋", "同性戀", "男同", "出柜", "LGBT", "gay", "跨性别", "约炮", "同-性-恋"],
    "minors": ["小学生", "未成年人", "高中生", "teenagers", "underage", "未满18"],
}
ORDINARY = [
    "养生茶",
    "养生",
    "健身",
    "童装",
    "亲子游",
    "亲子",
    "母婴",
    "历史书",
    "历史",
    "露营",
    "汉服",
    "民族风",
    "佛系青年",
    "佛跳墙",
    "寺庙旅行",
    "咖啡",
    "宠物",
    "女同事",
    "男同学",
    "男同款",
    "洛丽塔",
    "萝莉塔",
    "心理学",
    "考研",
    "考研政治",
    "高中生物",
    "初中生物",
    "打工党",
    "手工党",
    "全民运动",
    "明白人",
    "女性生活",
    "懒人福音",
    "教会孩子做饭",
    "经受洗礼",
    "街道教育",
    "个性爱好",
    "可变性",
    "隐藏人物",
    "传统派",
    "正太阳",
    "白人牙膏",
    "绘本",
    "儿童座椅",
    "体检",
    "护肤",
    "睡眠",
    "医美",
    "素食",
    "跑步",
    "数码",
    "游戏",
    "电竞",
    "科幻",
    "瑜伽",
    "冥想",
    "race",
    "gaming",
    "christian-dior",
    "留学",
    "移民火星游戏",
    "理财",
    "重疾险",
    "党参",
    "烘焙",
    "cat",
    "jewelry",
    "stud",
]


@pytest.mark.parametrize(("matter", "text"), [(m, t) for m, texts in SENSITIVE.items() for t in texts])
def test_named(matter: str, text: str) -> None:
    assert sensitive_matter(text) == matter


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_interests_pass(text: str) -> None:
    assert sensitive_matter(text) is None


def test_ordinary_words_do_not_cover_for_others() -> None:
    assert sensitive_matter("亲子游 糖尿病") == "health"
    assert sensitive_matter("") is None

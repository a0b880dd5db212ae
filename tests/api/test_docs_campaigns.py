"""The pages on value and campaigns, followed from their first command to the last."""

from __future__ import annotations

import random
import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api import cli
from privacy.home import Home
from tests.api.renqun_process import ROOT
from tests.campaigns.campaign_world import arms, built, outcome_rows

MINES = ("renqun mine",)  # the planted profiles stand; tests/mining has the run


def commands(page: str) -> list[str]:
    """The `renqun …` lines of a page's shell blocks, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("renqun ") and line not in MINES]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The campaigns' world with the files that the pages name, as the folder to work in."""
    home = Home(Path(shutil.copytree(built(), tmp_path / "home")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENQUN_HOME", str(home.root))
    orders = [f"A{n},C{n},2026-07-0{1 + n % 9} 10:00,帐篷,{100 + n}" for n in range(40)]
    Path("orders.csv").write_text("\n".join(["订单号,会员编号,下单时间,商品,金额", *orders]), "utf-8-sig")
    Path("customers.csv").write_text("customer_id,source,native_id\nC1,microblog,1\nC2,microblog,2\n")
    Path("unsubscribed.csv").write_text("客户编号\n" + "\n".join(f"C{n}" for n in range(0, 80, 4)), "gb18030")
    return home


@pytest.mark.parametrize("page", ["value.md", "campaigns.md"])
def test_a_page_can_be_followed(page: str, shop: Home, capsys: pytest.CaptureFixture[str]) -> None:
    done = []
    for command in commands(page):
        if "campaign outcomes spring" in command:
            soon = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            rows = [re.sub(r"2026-07-\d\dT12:00:00Z", soon, row) for row in outcome_rows(shop, "spring")]
            reached = [person for person, arm in arms(shop, "spring").items() if arm == "test"]
            random.Random(3).shuffle(rows)
            contacts = [f"{person},{soon},contact," for person in reached]
            Path("outcomes.csv").write_text("\n".join(["account_id,at,kind,amount", *rows, *contacts]))
        assert cli.main(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err)
        done.append(command)
    assert len(done) >= 7

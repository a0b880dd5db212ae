"""The people of a campaign as a file: pseudonyms, arm and stratum, never names. Audited."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from sqlalchemy import select

from audience.files import whole
from audience.search.answers import ExportReport
from audience.search.export import as_cell
from campaigns.answers import STRATA
from campaigns.make import campaign_row
from campaigns.split import ArmName
from campaigns.state import connect, member_table
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import blocked


def export_members(
    home: Home, name: str, path: Path, arm: str | None = None, role: Role = Role.PLANNER, who: str = "local"
) -> ExportReport:
    """Write person_id, arm, stratum, score and traits to ``.csv`` or ``.parquet``; ``arm`` keeps one arm alone.

    Raises BadInputError for another kind of file or an unknown arm, NotFoundError for an unknown campaign.
    """
    require(role, Role.PLANNER)
    campaign_row(home, name)
    if arm is not None and arm not in list(ArmName):
        raise BadInputError(f"there is no arm {arm!r}", f"arms: {', '.join(ArmName)}")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise BadInputError(
            f"{path.name} is neither .csv nor .parquet", "end the file name in .csv or .parquet"
        )
    gone = blocked(home)
    asked = select(member_table).where(member_table.c.campaign == name).order_by(member_table.c.person_id)
    if arm is not None:
        asked = asked.where(member_table.c.arm == arm)
    with connect(home) as connection:
        rows = [row for row in connection.execute(asked).mappings() if row["person_id"] not in gone]
    traits = [json.loads(row["traits"]) for row in rows]
    frame = pl.DataFrame(
        {key: [row[key] for row in rows] for key in ("person_id", "arm", "stratum", "score")}
        | {trait: [known.get(trait) for known in traits] for trait in STRATA},
        schema_overrides={"score": pl.Float64} | dict.fromkeys(STRATA, pl.String),
    )
    record(
        home,
        who,
        role,
        "campaign export",
        {"campaign": name, "arm": arm, "file": path.name, "rows": frame.height},
    )
    csv = path.suffix.lower() == ".csv"
    texts = frame.with_columns(
        as_cell(name, kind) for name, kind in frame.schema.items() if kind == pl.String
    )
    whole(
        [path],
        lambda drafts: (
            texts.write_csv(drafts[0], include_bom=True) if csv else frame.write_parquet(drafts[0])
        ),
    )
    return ExportReport(query=f"campaign:{name}", path=str(path), rows=frame.height)

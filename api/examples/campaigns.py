"""Examples of campaigns."""

from __future__ import annotations

from api.examples.kinds import Example

PLAN_REQUEST: Example = {"baseline": 0.03, "lift": 0.2, "query": "tag:露营>=3"}
PLAN_ANSWER: Example = {
    "baseline": 0.03, "power": 0.8, "alpha": 0.05, "control_share": 0.5, "difference": 0.006, "relative": 0.2,
    "test": 13914, "control": 13914, "total": 27828, "available": 415, "not_listable": 25,
    "enough": False,
}  # fmt: skip

CREATE_REQUEST: Example = {
    "name": "spring-camping",
    "query": "tag:露营>=3 customer:potential",
    "settings": {
        "control_share": 0.2, "strata": ["region", "value"], "max_contacts": 2, "per_days": 30, "cool_down_days": 7,
        "window_days": 30, "contact_cost": 0.08, "baseline": 0.045,
    },
}  # fmt: skip
CAMPAIGN: Example = {
    "name": "spring-camping",
    "audience": "customer:potential tag:露营>=3",
    "created_at": "2026-08-01T02:10:00Z",
    "starts": "2026-08-02T16:00:00Z",
    "ends": "2026-09-01T16:00:00Z",
    "past": False,
    "settings": CREATE_REQUEST["settings"],
    "found": 4300,
    "left_out": {"not listable": 90, "opted out": None, "unsubscribe": 60, "cooling down": 315},
    "arms": [{"arm": "test", "people": 3052}, {"arm": "control", "people": 763}],
    "strata": 18,
    "detectable": 0.0279,
}
OUTCOMES_CSV = "customer_id,at,kind,amount,number\nC-20417,2026-08-05 10:12,purchase,329,A-1\nC-20418,2026-08-05,contact,,\n"
OUTCOMES: Example = {
    "campaign": "spring-camping", "rows": 3120, "counted": 288, "contacts": 2811, "control_contacts": 3,
    "refused": {"not in the campaign": 14, "counted twice": 4, "after the window": 1}, "objections": 2, "suppressed": 2,
}  # fmt: skip

_LIFT: Example = {"value": 0.0421, "low": 0.0223, "high": 0.0589}
REPORT: Example = {
    "name": "spring-camping",
    "audience": "customer:potential tag:露营>=3",
    "starts": "2026-08-02T16:00:00Z",
    "ends": "2026-09-01T16:00:00Z",
    "running": False,
    "past": False,
    "arms": [
        {"arm": "test", "people": 3052, "reached": 2811, "converted": 266, "rate": 0.0872, "low": 0.0777, "high": 0.0977},
        {"arm": "control", "people": 763, "reached": 3, "converted": 34, "rate": 0.0446, "low": 0.0321, "high": 0.0616},
    ],
    "verdict": "the contact brought more than would have come anyway",
    "lift": _LIFT,
    "incremental": {"value": 128.5, "low": 68.1, "high": 179.8},
    "cost": 244.16,
    "cost_each": {"value": 1.9, "low": 1.36, "high": 3.59},
    "by_facet": {"value": [{"label": "high", "test": 610, "control": 152, "lift": _LIFT}, {"label": "low", "hidden": True}]},
    "curves": [
        {"order": "uplift", "gains": [31.0, 55.2, 77.0, 92.3, 101.0, 110.4, 119.8, 125.1, 127.9, 128.5],
         "coefficient": {"value": 0.0071, "low": 0.0012, "high": 0.0128}},
    ],
    "scale_up": {"people": 40000, "incremental": {"value": 1684.0, "low": 892.0, "high": 2356.0}, "cost": 3200.0},
    "refused": {"not in the campaign": 14},
}  # fmt: skip

SUPPRESS_REQUEST: Example = {
    "people": [{"customer_id": "C-20417"}],
    "reason": "unsubscribe",
    "note": "hotline, 3 August",
}
SUPPRESS_ANSWER: Example = {"rows": 1, "added": 1, "already": 0, "unknown": 0}
SUPPRESSED: Example = {"reasons": {"complaint": None, "unsubscribe": 65}, "total": 70, "k": 20}
ACTIVATE_REQUEST: Example = {
    "audience": "campaign:spring-camping", "purpose": "spring camping mailing, consent of the loyalty club"
}  # fmt: skip
NAMES_CSV = "source,native_id,handle,url,customer_id\ncrm,,,,C-20417\n"
MEMBERS_CSV = (
    "person_id,arm,stratum,score,region,source,activity,customer,value,level,influence\n"
    "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01,test,上海 · high,0.12,上海,forum,active,potential,high,7-10,p75\n"
)

# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure test as it was recorded: the paper's cluster, all well. Tests change one thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.plan import Plan
from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.tables import Wanted, render

Json = dict[str, Any]
VIP = "192.0.2.146"
MACS = {"laicoz": "02:00:00:00:00:0b", "laicoy": "02:00:00:00:00:0c"}
SERVERS = {"laico2": "192.0.2.2", "laico3": "192.0.2.3", "laico4": "192.0.2.4"}
START = 1000.0
STAGE_2, STAGE_3, POWER_OFF, ROUND, END = 1020.0, 1060.0, 1070.0, 1072.0, 1100.0


def make_setup(**changes: Any) -> Json:
    vip = {"address": VIP, "prefix": 24, "interface": "eth0", "primary": "laicoz", "group": VIP}
    servers = [
        {"name": name, "address": address, "port": 80, "weight": 1}
        for name, address in SERVERS.items()
    ]
    service = {
        "vip": VIP,
        "port": 80,
        "protocol": "tcp",
        "scheduler": "rr",
        "forward": "direct",
        "check": {"type": "negotiate", "request": "/", "receive": "LAICO"},
        "real_servers": servers,
    }
    return {
        "cluster_name": "laico",
        "cluster": {"vips": [vip], "services": [service]},
        "directors": [
            {"name": "laicoz", "macs": [MACS["laicoz"]], "addresses": ["192.0.2.11", VIP]},
            {"name": "laicoy", "macs": [MACS["laicoy"]], "addresses": ["192.0.2.12"]},
        ],
        "powerable": list(SERVERS),
        "auto_failback": True,
        "standby": "cold",
        "deadtime": 1,
        "initdead": "10",
        "checkinterval": 2,
        "checktimeout": 2,
        "failurecount": 1,
        "quiescent": False,
        "rate": 100,
        "budgets": {},
        "lease_s": 900,
        **changes,
    }


def make_record(plan: Json) -> Json:
    """What the play registered when every look saw what was wanted."""
    looks = {step: [_as_wanted(look) for look in some] for step, some in plan["steps"].items()}
    weights = plan["weights"]
    shares = {f"{address}:0": weight for address, weight in weights["weights"].items()}
    mark = Wanted(f"FWM {weights['mark']}", scheduler="wrr", weights=shares, shares=shares)
    return {
        "looks": looks,
        "weights": {"stdout": json.dumps({"table": plain(render([mark])), "error": ""})},
        "marks": {
            "start": START,
            "stage 2": STAGE_2,
            "stage 3": STAGE_3,
            "round": ROUND,
            "round end": ROUND + 2,
            "end": END,
        },
        "events": [{"t": POWER_OFF, "host": plan["director_off"], "what": "power off"}],
        "failures": [],
        "refusal": "",
    }


def _as_wanted(look: Json) -> Json:
    wanted = [Wanted(**one) for one in look["question"]["wanted"]]
    seen = {
        "table": plain(render(wanted)),
        "addresses": look["question"]["holds"],
        "problems": [],
        "waited_s": 0.1,
    }
    return {"stdout": json.dumps(seen), "rc": 0}


def plain(text: str) -> str:
    """An expected table with numbers where anything would do."""
    one, none = "1          -", "0          -"
    text = text.replace("1 in all   -", one, 1).replace("1 in all   -", none)
    return text.replace("-          ", "0          ").replace(" -\n", " 0\n")


def answers(from_s: float, to_s: float, lost_from: float = 0, lost_to: float = 0) -> list[Json]:
    """A hundred requests a second, in turn by the servers, lost in the time given."""
    found = []
    for number in range(round((to_s - from_s) * 100)):
        line: Json = {"t": from_s + number / 100, "ms": 2.0, "late_ms": 0.1}
        is_lost = lost_from <= line["t"] < lost_to
        last = {"error": "timeout"} if is_lost else {"server": list(SERVERS)[number % 3]}
        found.append({**line, **last})
    return found


def make_data() -> Json:
    first = [{**line, "t": START + 5 + n / 20} for n, line in enumerate(answers(0, 0.15))]
    runs = [
        {"mac": MACS["laicoz"], "first": START, "last": POWER_OFF, "answers": 7000},
        {"mac": MACS["laicoy"], "first": POWER_OFF + 1.1, "last": 1090.0, "answers": 1890},
        {"mac": MACS["laicoz"], "first": 1090.02, "last": END, "answers": 998},
    ]
    return {
        "stage1": [first],
        "load": [answers(STAGE_2, END, POWER_OFF, POWER_OFF + 1.2)],
        "weights": answers(0, 0.09),
        "runs": [{"address": VIP, **run} for run in runs],
        "neighbours": {"02:00:00:00:00:02": SERVERS["laico2"]},
    }


class Story:
    """Setup, plan, record and data of one run, to be changed before it is judged."""

    def __init__(self, **changes: Any) -> None:
        self.setup = make_setup(**changes)
        self.plan = Plan(self.setup).as_json()
        self.record = make_record(self.plan)
        self.data = make_data()

    def change_table(self, step: str, old: str, new: str, host: str = "") -> None:
        """Replace text in the table that was seen at a step."""
        for look, result in zip(self.plan["steps"][step], self.record["looks"][step]):
            if host in ("", look["host"]):
                seen = json.loads(result["stdout"])
                if old not in seen["table"]:
                    raise AssertionError(f"{old} is not in {seen['table']}")
                seen["table"] = seen["table"].replace(old, new)
                result["stdout"] = json.dumps(seen)

    def report(self) -> Json:
        from ansible_collections.laico.lvs.plugins.module_utils._lvs.witness.judge import Judge

        return Judge(self.setup, self.plan, self.record, self.data).report()


@pytest.fixture
def story() -> Story:
    return Story()

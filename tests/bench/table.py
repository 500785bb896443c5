# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipvs_table for 100 services of 10 destinations, against ``ipvsadm -R`` on the same host."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from pathlib import Path
from typing import Any

from tests.bench.outcome import spread
from tests.integration.modules.conftest import ROOT, Guest
from tests.integration.modules.tables import hundred_by_ten, hundred_by_ten_rules

TABLE_RUNS = 5
COLLECTION = "ansible_collections/laico/lvs/plugins"

# The module as its wrapper runs it, in a process that has all imported; its time is that of main().
_TIME = r"""
import contextlib, io, json, subprocess, sys, time
sys.path.insert(0, "/root/b")
from ansible.module_utils import basic
from ansible_collections.laico.lvs.plugins.modules import ipvs_table
asked = json.load(sys.stdin)
def module(services):
    arguments = {"services": services, "purge": "all", "_ansible_diff": False}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    printed = io.StringIO()
    began = time.perf_counter()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        ipvs_table.main()
    seconds = time.perf_counter() - began
    result = json.loads(printed.getvalue())
    if "operations" not in result:
        raise SystemExit(result)
    return seconds, len(result["operations"])
def restore():
    began = time.perf_counter()
    subprocess.run(["ipvsadm", "-R"], input=asked["rules"], text=True, check=True)
    return time.perf_counter() - began
def saved():
    done = subprocess.run(["ipvsadm", "-Sn"], capture_output=True, text=True, check=True)
    return sorted(done.stdout.split("\n"))
def clear():
    subprocess.run(["ipvsadm", "-C"], check=True)
out = {"restore_s": [], "module_s": [], "again_s": [], "one_weight_s": [], "writes": []}
for dummy in range(asked["runs"]):
    clear()
    out["restore_s"].append(restore())
    wanted = saved()
    clear()
    seconds, first = module(asked["services"])
    out["module_s"].append(seconds)
    if saved() != wanted:
        raise SystemExit("ipvs_table and ipvsadm made different tables")
    seconds, second = module(asked["services"])
    out["again_s"].append(seconds)
    asked["services"][41]["destinations"][7]["weight"] += 1
    seconds, third = module(asked["services"])
    out["one_weight_s"].append(seconds)
    asked["services"][41]["destinations"][7]["weight"] -= 1
    out["writes"].append([first, second, third])
clear()
print(json.dumps(out))
"""


def table_cost(guest: Guest, runs: int = TABLE_RUNS) -> dict[str, Any]:
    """Seconds of both from an empty table, ``ratio`` of each pair; of a second run, and of one that
    changes one weight. ``writes``: how many operations these three had."""
    _copy_ansible(guest)
    guest.run("modprobe ip_vs; ipvsadm -C; cat >/root/table_cost.py", _TIME.encode())
    rules = "".join(f"{rule}\n" for rule in hundred_by_ten_rules())
    asked = {"services": hundred_by_ten(), "rules": rules, "runs": runs}
    found = json.loads(guest.run("python3 /root/table_cost.py", json.dumps(asked).encode()))
    pairs = zip(found["module_s"], found["restore_s"], strict=True)
    return {
        "ratio": spread([module_s / restore_s for module_s, restore_s in pairs]),
        **{name: spread(found[name]) for name in found if name.endswith("_s")},
        "writes": found["writes"][0] if _is_steady(found["writes"]) else found["writes"],
    }


def _is_steady(rows: list[list[int]]) -> bool:
    return all(row == rows[0] for row in rows)


def _copy_ansible(guest: Guest) -> None:
    """What ansible ships with a module, as files: its own module_utils, and the collection's."""
    spec = importlib.util.find_spec("ansible")
    if spec is None or spec.origin is None:
        raise AssertionError("ansible-core is not installed: run `make setup`")
    ansible = Path(spec.origin).parent
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("ansible/__init__.py"))  # empty, as in the wrapper
        for name in ("release.py", "module_utils"):
            tar.add(ansible / name, f"ansible/{name}", filter=_source)
        for name in ("module_utils", "modules"):
            tar.add(ROOT / "plugins" / name, f"{COLLECTION}/{name}", filter=_source)
    guest.run("mkdir -p /root/b && tar -C /root/b -xf -", archive.getvalue())


def _source(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return member if member.isdir() or member.name.endswith(".py") else None

# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pyroute2's releases as second opinions on addresses, and why none of them sets our leases.

Each is installed into an environment of its own; the table is the one of
docs/decisions/0003_addresses_over_raw_netlink.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from tests.integration.modules.namespaces import lan

pytestmark = pytest.mark.tier_full

VIP = "192.0.2.146"
LEASE_S = 20
FORMS = {
    "ifa_cacheinfo": {"cacheinfo": {"ifa_preferred": LEASE_S, "ifa_valid": LEASE_S}},
    "cacheinfo": {"cacheinfo": {"preferred": LEASE_S, "valid": LEASE_S}},
    "lft": {"preferred_lft": LEASE_S, "valid_lft": LEASE_S},
}
# What `ip address` shows after each form: the lease, for ever, or a refusal.
SEEN = {
    "0.5.14": {"ifa_cacheinfo": "lease", "cacheinfo": "EINVAL", "lft": "for ever"},
    "0.7.2": {"ifa_cacheinfo": "for ever", "cacheinfo": "lease", "lft": "for ever"},
    "0.9.7": {"ifa_cacheinfo": "for ever", "cacheinfo": "for ever", "lft": "lease"},
}
SET = """
import json, sys
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError
with IPRoute() as route:
    index = route.link_lookup(ifname="eth0")[0]
    try:
        form = json.loads(sys.argv[2])
        route.addr("replace", index=index, address=sys.argv[1], prefixlen=24, **form)
    except NetlinkError as error:
        raise SystemExit(error.code)
"""
GET = """
import json
from pyroute2 import IPRoute
with IPRoute() as route:
    rows = []
    for each in route.get_addr():
        attrs = dict(each["attrs"])
        info = attrs["IFA_CACHEINFO"]
        rows.append([attrs["IFA_ADDRESS"], each["prefixlen"], attrs.get("IFA_LABEL"),
                     info["ifa_preferred"], info["ifa_valid"]])
    print(json.dumps(rows))
"""


@pytest.fixture(scope="module", params=SEEN)
def release(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str]:
    """A release and the Python that has it."""
    folder = tmp_path_factory.mktemp("pyroute2")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, stdin=subprocess.DEVNULL)
    python = str(folder / "bin" / "python")
    wanted = f"pyroute2=={request.param}"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wanted]
    subprocess.run(install, check=True, timeout=120, stdin=subprocess.DEVNULL)
    return request.param, python


@pytest.fixture
def here() -> Iterator[None]:
    with lan():
        yield


def run(python: str, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-c", script, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path("/"),
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("form", FORMS)
def test_how_each_release_takes_a_lifetime(release: tuple[str, str], here: None, form: str) -> None:
    version, python = release
    done = run(python, SET, VIP, json.dumps(FORMS[form]))
    if done.returncode:
        assert SEEN[version][form] == "EINVAL", done.stderr
        return
    with Addresses() as kernel:
        held = next(each for each in kernel.list() if each.address == VIP)
    found = "for ever" if held.valid_s is None else "lease"
    assert found == SEEN[version][form], "mend docs/decisions/0003_addresses_over_raw_netlink.md"


def test_each_release_reads_what_we_set(release: tuple[str, str], here: None) -> None:
    _version, python = release
    with Addresses() as kernel:
        kernel.set("eth0", VIP, 24, lease_s=LEASE_S, label="eth0:vip")
        kernel.set("eth0", "2001:db8::146", 64, lease_s=LEASE_S, preferred_s=0)
    done = run(python, GET)
    assert done.returncode == 0, done.stderr
    rows = {row[0]: row[1:] for row in json.loads(done.stdout)}
    prefix, label, preferred, valid = rows[VIP]
    assert (prefix, label) == (24, "eth0:vip")
    assert {preferred, valid} <= {LEASE_S - 1, LEASE_S}
    prefix, _label, preferred, valid = rows["2001:db8::146"]
    assert (prefix, preferred) == (64, 0)
    assert valid in (LEASE_S - 1, LEASE_S)

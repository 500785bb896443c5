# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each fault of pyroute2 that keeps us from using it is a strict xfail: its mending shows.

More of them, on single attributes, stand in the unit tests of the codec.
"""

from __future__ import annotations

import pytest
from pyroute2.ipvs import IPVSDest, IPVSService
from pyroute2.netlink.generic.ipvs import ipvsmsg

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    Destination,
    DestKey,
    Service,
    ServiceKey,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs_codec as codec
from tests.integration.modules.pyroute2_calls import AF, SERVICE, received, said, seen

pytestmark = pytest.mark.tier_check

NETMASK = 9  # IPVS_SVC_ATTR_NETMASK
OWN_DEFAULTS = "pyroute2's records keep their own defaults beside what the kernel says"


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="pyroute2 sends no netmask with a firewall mark; the kernel: EINVAL",
)
@pytest.mark.parametrize("family", [4, 6])
def test_pyroute2_sends_a_netmask_with_a_firewall_mark(family: int) -> None:
    assert NETMASK in said("service", "add", IPVSService(af=AF[family], fwmark=7)).parts[SERVICE]


@pytest.mark.xfail(
    strict=True,
    raises=(OSError, TypeError),
    reason="pyroute2 takes an IPv6 netmask for an IPv4 address; the kernel wants a number",
)
def test_pyroute2_takes_a_prefix_length_for_ipv6() -> None:
    service = IPVSService(addr="2001:db8::1", port=53, protocol=17, netmask=64)
    assert said("service", "add", service).parts[SERVICE][NETMASK] == b"\x40"


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason='pyroute2\'s "update" sends the command to delete'
)
@pytest.mark.parametrize("what", ["service", "dest"])
def test_pyroute2_updates_by_the_command_to_set(what: str) -> None:
    service = IPVSService(addr="192.0.2.146", port=80, protocol=6)
    words = [service] if what == "service" else [service, IPVSDest(addr="192.0.2.2", port=80)]
    assert said(what, "update", *words).command == {"service": 2, "dest": 6}[what]


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason=OWN_DEFAULTS,
)
@pytest.mark.parametrize(
    ("field", "value"), [("fwd_method", 2), ("u_thresh", 9), ("l_thresh", 4), ("tun_type", 1)]
)
def test_pyroute2_reports_a_destination_as_it_is(field: str, value: int) -> None:
    dest = Destination(DestKey("192.0.2.2", 80), "tunnel", 3, 9, 4, "gue", 6080, 1)
    assert IPVSDest.from_message(received("DEST", codec.encode_dest(dest)))[field] == value


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason=OWN_DEFAULTS,
)
def test_pyroute2_reports_the_timeout_as_it_is() -> None:
    service = Service(ServiceKey(4, "tcp", "192.0.2.146", 80), persistence_timeout_s=300)
    message = received("SERVICE", codec.encode_service(service))
    assert IPVSService.from_message(message)["timeout"] == 300


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="pyroute2 reads the tunnel's port in host order"
)
def test_pyroute2_reads_the_tunnel_port_in_network_order() -> None:
    dest = Destination(DestKey("192.0.2.2", 80), "tunnel", tunnel_type="gue", tunnel_port=6080)
    assert seen("DEST", codec.encode_dest(dest))["IPVS_DEST_ATTR_TUN_PORT"] == 6080


@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="pyroute2 has no words for daemons and timeouts"
)
@pytest.mark.parametrize("name", ["DAEMON", "TIMEOUT_TCP", "TIMEOUT_TCP_FIN", "TIMEOUT_UDP"])
def test_pyroute2_knows_daemons_and_timeouts(name: str) -> None:
    assert dict(ipvsmsg.nla_map)[f"IPVS_CMD_ATTR_{name}"] != "hex"

# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole messages of our codec against pyroute2's, command by command, where that is right.

What keeps us from using it stands in test_codec_faults.py. No kernel is asked here;
test_codec_dump.py compares how both read a kernel's dump.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import (
    PROTOCOLS,
    TUNNEL_TYPES,
    Destination,
    DestKey,
    Service,
    ServiceKey,
    TableOp,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs_codec as codec
from tests.integration.modules.pyroute2_calls import (
    DEST,
    SERVICE,
    Listener,
    Sent,
    as_seen,
    dest_as_seen,
    service_as_seen,
    theirs,
)

pytestmark = pytest.mark.tier_check

FEW = settings(max_examples=40)


@pytest.fixture(scope="module")
def kernel() -> Iterator[ipvs.Ipvs]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ipvs, "NetlinkSocket", Listener)
        with ipvs.Ipvs() as opened:
            yield opened


def ours(kernel: ipvs.Ipvs, op: TableOp) -> Sent:
    listener: Any = kernel._socket
    listener.heard.clear()
    kernel.apply(op)
    (sent,) = listener.heard
    assert isinstance(sent, Sent)
    return sent


KEYS = st.sampled_from(
    [
        *(
            ServiceKey(family, protocol, address, port)
            for family, address in ((4, "192.0.2.146"), (6, "2001:db8::146"))
            for protocol in PROTOCOLS
            for port in (0, 80, 65535)
        ),
        ServiceKey(4, fwmark=7),
        ServiceKey(6, fwmark=0xFFFFFFFF),
    ]
)
SERVICES = st.builds(
    Service,
    key=KEYS,
    scheduler=st.sampled_from(["rr", "wlc", "lblcr", "sixteen-letters"]),
    scheduler_flags=st.sampled_from([0, 0x08, 0x10, 0x20, 0x38]),
    persistence_timeout_s=st.none() | st.integers(1, 2678400),
    persistence_engine=st.sampled_from(["", "sip"]),
    one_packet=st.booleans(),
)
NUMBERS = st.integers(0, 0xFFFFFFFF)
DESTINATIONS = st.builds(
    Destination,
    key=st.builds(DestKey, st.sampled_from(["192.0.2.2", "2001:db8::2"]), st.integers(0, 65535)),
    forward=st.sampled_from(["masquerade", "tunnel", "direct"]),
    weight=st.integers(0, 65535),
    upper_threshold=NUMBERS,
    lower_threshold=NUMBERS,
    tunnel_type=st.sampled_from(sorted(TUNNEL_TYPES)),
    tunnel_port=st.integers(0, 65535),
    tunnel_flags=st.integers(0, 2),
)


@FEW
@given(st.sampled_from(["add_service", "set_service"]), SERVICES)
def test_services_are_written_alike(kernel: ipvs.Ipvs, kind: str, service: Service) -> None:
    op = TableOp(kind, service)
    assert ours(kernel, op) == theirs(op)


@FEW
@given(SERVICES)
def test_services_are_deleted_alike(kernel: ipvs.Ipvs, service: Service) -> None:
    """By the key alone; what pyroute2 sends beside it is not read by the kernel."""
    op = TableOp("del_service", service)
    here, there = ours(kernel, op), theirs(op)
    assert here[:2] == there[:2]
    assert here.parts[SERVICE].items() <= there.parts[SERVICE].items()
    assert set(here.parts) == set(there.parts) == {SERVICE}


@FEW
@given(st.sampled_from(["add_dest", "set_dest"]), SERVICES, DESTINATIONS)
def test_destinations_are_written_alike(
    kernel: ipvs.Ipvs, kind: str, service: Service, dest: Destination
) -> None:
    op = TableOp(kind, service, dest)
    here, there = ours(kernel, op), theirs(op)
    if dest.forward != "tunnel":  # Ours leaves the tunnel's attributes out, theirs never does.
        for kind_of_tunnel in (13, 14, 15):
            del there.parts[DEST][kind_of_tunnel]
    assert here == there


@FEW
@given(SERVICES, DESTINATIONS)
def test_destinations_are_deleted_alike(
    kernel: ipvs.Ipvs, service: Service, dest: Destination
) -> None:
    op = TableOp("del_dest", service, dest)
    here, there = ours(kernel, op), theirs(op)
    assert here[:2] == there[:2]
    assert here.parts[SERVICE] == there.parts[SERVICE]
    assert here.parts[DEST].items() <= there.parts[DEST].items()


@FEW
@given(SERVICES)
def test_services_are_read_alike(service: Service) -> None:
    payload = codec.encode_service(service)
    assert as_seen("SERVICE", payload) == service_as_seen(codec.decode_service(payload))


@FEW
@given(DESTINATIONS)
def test_destinations_are_read_alike(dest: Destination) -> None:
    assert as_seen("DEST", codec.encode_dest(dest)) == dest_as_seen(dest)

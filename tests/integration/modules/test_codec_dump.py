# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real kernel tells of its table, read by our codec and by pyroute2."""

from __future__ import annotations

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ipvs_codec as codec
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.netlink import attributes, split
from tests.integration.modules.conftest import Guest
from tests.integration.modules.pairs import draw
from tests.integration.modules.pairs_runner import runner_of
from tests.integration.modules.pyroute2_calls import (
    DEST,
    SERVICE,
    as_seen,
    dest_as_seen,
    service_as_seen,
)

pytestmark = pytest.mark.lab

FAMILIES_FROM = 17  # The generic netlink controller is 16, netlink's own messages are below.


def payloads(dump: list[str]) -> list[dict[int, bytes]]:
    """By attribute, of each of the kernel's messages."""
    messages = (message for data in dump for message in split(bytes.fromhex(data)))
    return [attributes(each.body[4:]) for each in messages if each.kind >= FAMILIES_FROM]


def test_both_read_the_same_of_a_kernels_dump(guest: Guest) -> None:
    pairs = [pair._replace(way="all") for pair in draw(12, 30) if pair.after]
    results = runner_of(guest)(pairs, has_dump=True)
    found = [each for result in results for each in payloads(result["dump"])]
    services = [each[SERVICE] for each in found if SERVICE in each]
    dests = [each[DEST] for each in found if DEST in each]
    tables = [pair.after for pair in pairs]
    assert len(services) == sum(len(table) for table in tables)
    assert len(dests) == sum(len(each.servers) for table in tables for each in table.values())
    for payload in services:
        assert as_seen("SERVICE", payload) == service_as_seen(codec.decode_service(payload))
    for payload in dests:
        # The family stands in each answer: that of the service is not asked for.
        assert as_seen("DEST", payload) == dest_as_seen(codec.decode_dest(payload, 0))

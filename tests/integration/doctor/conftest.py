# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with a LAN, in namespaces of this machine: a sound real server, or a sound director."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from tests.integration.doctor.bench import VIP, Doctor, listening, sysctl
from tests.integration.modules.namespaces import inside, ip, lan, wait_until


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    return Doctor(tmp_path)


@pytest.fixture
def other(doctor: Doctor) -> Iterator[int]:
    """The process id of another host; eth0 here and its eth1 are one LAN."""
    with lan() as pid:
        ip("address", "add", "192.0.2.2/24", "dev", "eth0")
        ip("address", "add", "2001:db8::2/64", "dev", "eth0", "nodad")
        with inside(pid):
            ip("address", "add", "192.0.2.3/24", "dev", "eth1")
            ip("address", "add", "2001:db8::3/64", "dev", "eth1", "nodad")
            sysctl("all/arp_ignore", 1)
        with Addresses() as kernel:
            wait_until(lambda: kernel.links()["eth0"].is_up, "eth0's carrier")
        yield pid


@pytest.fixture
def server(other: int) -> Iterator[int]:
    """This host is a sound real server; gives the other host's process id."""
    sysctl("all/arp_ignore", 1)
    sysctl("all/arp_announce", 2)
    ip("address", "add", f"{VIP}/32", "dev", "lo")
    with listening("tcp", "0.0.0.0", 80):
        yield other


@pytest.fixture
def director(other: int) -> int:
    """This host is a sound director without IPVS, as far as a namespace goes."""
    sysctl("eth0/promote_secondaries", 1)
    return other

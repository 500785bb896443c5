# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of who owns what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import KernelError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.model import ServiceKey
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership

WEB = ServiceKey(4, "tcp", "192.0.2.146", 80)
KEYS = [
    WEB,
    ServiceKey(6, "udp", "2001:db8::146", 53),
    ServiceKey(4, fwmark=7),
    ServiceKey(6, fwmark=7),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "owned.json")


def test_without_a_record_nothing_is_owned(path: str) -> None:
    assert ownership.read(path) == ownership.Owned()
    assert ownership.owner_of_service(ownership.read(path), WEB) is None


@pytest.mark.parametrize("key", KEYS)
def test_keys_can_be_read_back(key: ServiceKey) -> None:
    assert ownership.parse_key(ownership.key_text(key)) == key


def test_claims_are_kept_beside_each_other_and_replaced_whole(path: str) -> None:
    ownership.claim_services(path, "ldirectord", "/etc/ha.d/ldirectord.cf", KEYS)
    ownership.claim_addresses(path, "heartbeat", "/etc/ha.d/haresources", ["192.0.2.146"])
    ownership.claim_services(path, "ldirectord", "/etc/ha.d/ldirectord.cf", [WEB])
    owned = ownership.read(path)
    assert owned.services["ldirectord"].keys == (WEB,)
    assert owned.services["ldirectord"].pid == os.getpid()
    assert owned.addresses["heartbeat"].addresses == ("192.0.2.146",)
    assert owned.addresses["heartbeat"].source == "/etc/ha.d/haresources"


def test_the_record_is_not_for_others_to_write(path: str) -> None:
    ownership.claim_services(path, "ldirectord", "x", [WEB])
    assert os.stat(path).st_mode & 0o777 == 0o644
    assert os.stat(f"{path}.lock").st_mode & 0o777 == 0o600


@pytest.fixture
def daemon() -> Iterator[int]:
    """A living process whose command line names the package, as the daemons' do."""
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()", "laico_lvs.ldirectord"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()  # type: ignore[union-attr]
        yield process.pid
        process.kill()


def write(path: str, pid: int) -> None:
    claim = {
        "pid": pid,
        "source": "x",
        "keys": ["tcp 192.0.2.146:80"],
        "addresses": ["192.0.2.146"],
    }
    record = {"services": {"ldirectord": claim}, "addresses": {"heartbeat": claim}}
    Path(path).write_text(json.dumps(record), encoding="utf-8")


def test_a_running_daemon_owns_what_it_claimed(path: str, daemon: int) -> None:
    write(path, daemon)
    owned = ownership.read(path)
    owner = ownership.owner_of_service(owned, WEB)
    assert owner is not None
    assert (owner.name, owner.pid) == ("ldirectord", daemon)
    assert ownership.owner_of_service(owned, KEYS[1]) is None
    assert ownership.owner_of_address(owned, "192.0.2.146") is not None
    assert ownership.owner_of_address(owned, "192.0.2.147") is None


def test_a_dead_daemon_owns_nothing_nor_does_another_program_with_its_pid(path: str) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "", "laico_lvs"], stdin=subprocess.DEVNULL)
    dead.wait()
    for pid in (dead.pid, os.getppid()):
        write(path, pid)
        assert ownership.owner_of_service(ownership.read(path), WEB) is None
        assert ownership.owner_of_address(ownership.read(path), "192.0.2.146") is None


@pytest.mark.parametrize("text", ["{", "[]", '{"services": {"x": {}}}', '{"services": []}'])
def test_a_broken_record_is_told_of_and_mended(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")
    with pytest.raises(KernelError, match=r"owned\.json cannot be read.*remove it"):
        ownership.read(path)
    ownership.claim_services(path, "ldirectord", "x", [WEB])
    assert ownership.read(path).services["ldirectord"].keys == (WEB,)


def test_a_record_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match="cannot be written"):
        ownership.claim_services(str(tmp_path / "absent" / "owned.json"), "x", "x", [WEB])


def test_claims_made_at_once_are_all_kept(path: str) -> None:
    script = (
        "from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership as o;"
        "[o.claim_addresses({path!r}, {owner!r}, 'x', [str(n)]) for n in range(20)]"
    )
    preamble = "from tests.unit.conftest import make_collection_importable as m; m();"
    root = Path(__file__).resolve().parents[6]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", preamble + script.format(path=path, owner=f"owner{n}")],
            cwd=root,
            stdin=subprocess.DEVNULL,
        )
        for n in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    owned = ownership.read(path).addresses
    assert {name: each.addresses for name, each in owned.items()} == {
        f"owner{n}": ("19",) for n in range(3)
    }

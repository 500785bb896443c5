# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guest with a Docker engine: what molecule's containers need of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.lab.conftest import ROOT, LabUnderTest

pytestmark = [pytest.mark.tier_full, pytest.mark.lab, pytest.mark.timeout(600)]

ENGINE = "198.51.100.2"
# A container's image without a registry: one program of the guest with its libraries.
IMPORT = """
    tar --create --dereference --absolute-names /bin/cat $(ldd /bin/cat | grep -o '/[^ ]*') |
        docker import - tiny
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabUnderTest]:
    text = (ROOT / "lab" / "topologies" / "docker.yml").read_text(encoding="utf-8")
    lab = LabUnderTest(tmp_path_factory.mktemp("docker"), "labdocker", text)
    lab.run("down")
    lab.up()
    yield lab
    lab.run("down")


def get(lab: LabUnderTest, path: str) -> dict[str, object]:
    """What the engine answers to a GET from the lab's namespace."""
    script = (
        "import sys, urllib.request as r;"
        f"sys.stdout.write(r.urlopen('http://{ENGINE}:2375{path}', timeout=10).read().decode())"
    )
    answer: dict[str, object] = json.loads(lab.run("enter", "--", sys.executable, "-c", script))
    return answer


def container_sees(lab: LabUnderTest, path: str) -> str:
    return lab.on("docker", f"docker run --rm --network none tiny /bin/cat {path}")


def test_the_engine_answers_as_soon_as_the_lab_is_up(guest: LabUnderTest) -> None:
    info = get(guest, "/info")
    assert (info["Driver"], info["CgroupVersion"]) == ("overlay2", "2")
    assert guest.on("docker", "systemctl is-system-running --wait").strip() == "running"


def test_each_container_has_an_ipvs_of_its_own(guest: LabUnderTest) -> None:
    guest.on("docker", IMPORT)
    guest.on("docker", "ipvsadm -A -t 192.0.2.146:80 -s rr")
    assert "C0000292:0050" in guest.on("docker", "cat /proc/net/ip_vs")
    seen = container_sees(guest, "/proc/net/ip_vs")
    assert "IP Virtual Server version" in seen
    assert "C0000292" not in seen


def test_containers_get_addresses_and_the_engine_its_rules(guest: LabUnderTest) -> None:
    guest.on("docker", "docker network create --subnet 192.0.2.0/24 lvs")
    run = "docker run --rm --network lvs --ip 192.0.2.11 tiny /bin/cat /proc/net/fib_trie"
    assert "192.0.2.11" in guest.on("docker", run)
    assert "192.0.2.0/24" in guest.on("docker", "iptables -t nat -S POSTROUTING")
    guest.on("docker", "docker network rm lvs")


def test_a_kept_disc_brings_the_image_back(guest: LabUnderTest) -> None:
    guest.on("docker", IMPORT)
    name = f"test{os.getpid()}"
    guest.run("keep-disc", "docker", name)
    kept = Path(guest.state()["image"]) / "discs" / f"{name}.cow"
    try:
        guest.run("down")
        guest.up("--disc", f"docker={name}")
        assert "IP Virtual Server" in container_sees(guest, "/proc/net/ip_vs")
    finally:
        kept.unlink()

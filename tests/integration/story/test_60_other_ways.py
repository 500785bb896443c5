# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another topology, the paper's steps, and the collection as it is installed from its tarball."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.story.cluster import ROOT, VIP, started

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1200)]


@pytest.mark.tier_full
def test_two_vips_and_five_real_servers_with_other_names(logs: Path) -> None:
    with started("second", "second.yml", logs) as cluster:
        play = cluster.site()
        assert play.code == 0, play.output[-6000:]
        again = cluster.site()
        assert again.code == 0, again.output[-6000:]
        assert set(again.changed.values()) == {0}, again.output


@pytest.mark.tier_ci
def test_the_papers_steps_are_adopted_by_site_yml(logs: Path) -> None:
    """virtual_server.yml alone serves; then site.yml takes over what stands."""
    with started("steps", "paper.yml", logs) as cluster:
        play = cluster.play("playbooks/virtual_server.yml")
        assert play.code == 0, play.output[-6000:]
        page = cluster.lab("enter", "--", "curl", "-sS", "--max-time", "3", f"http://{VIP}/")
        assert "LAICO" in page
        again = cluster.play("playbooks/virtual_server.yml")
        assert set(again.changed.values()) == {0}, again.output
        adopted = cluster.site()
        assert adopted.code == 0, adopted.output[-6000:]
        cluster.settle()
        director = cluster.directors[0]
        units = cluster.run(director, "ls /etc/systemd/system")
        assert "lvs-vip" not in units, units
        assert set(cluster.site().changed.values()) == {0}


def _own_files(folder: Path, authkeys: str) -> dict[str, str]:
    """An operator's own files, as they would come over from an old cluster."""
    folder.mkdir(mode=0o700)
    (folder / "ha.cf").write_text(
        "keepalive 200ms\ndeadtime 1\ninitdead 10\nauto_failback off\n"
        "node laicoz laicoy  # both\nucast eth0 192.0.2.11\nucast eth0 192.0.2.12\n",
        encoding="ascii",
    )
    (folder / "haresources").write_text(f"laicoz IPaddr2::{VIP}/24/eth0\n", encoding="ascii")
    (folder / "lvs.cf").write_text("cluster laico\n", encoding="ascii")
    (folder / "authkeys").write_text(authkeys, encoding="ascii")
    (folder / "authkeys").chmod(0o600)
    return {"heartbeat_config_src": str(folder)}


@pytest.mark.tier_full
def test_heartbeat_alone_holds_any_address(logs: Path, tmp_path: Path) -> None:
    """No service: the agents and the address, first by variables, then by an operator's files."""
    none: dict[str, object] = {"lvs_services": [], "heartbeat_auto_failback": False}
    with started("alone", "paper.yml", logs) as cluster:
        play = cluster.site(variables=none)
        assert play.code == 0, play.output[-6000:]
        assert [cluster.holds(host) for host in cluster.directors] == [True, False]
        other = _own_files(tmp_path / "other", "auth 1\n1 hmac-sha256 " + "5" * 40 + "\n")
        refused = cluster.site(variables={**none, **other})
        assert refused.code != 0
        assert "run playbooks/rotate_keys.yml" in refused.words
        authkeys = cluster.run("laicoz", "cat /etc/ha.d/authkeys")
        own = cluster.site(variables={**none, **_own_files(tmp_path / "own", authkeys)})
        assert own.code == 0, own.output[-6000:]
        secrets = ["5" * 40, authkeys.split()[-1]]
        assert not [secret for secret in secrets if secret in refused.output + own.output]
        cluster.lab("power-off", "laicoz")
        cluster.wait("laicoy holds the VIP", lambda: cluster.holds("laicoy"), 10)
        assert cluster.run("laicoy", "cat /etc/ha.d/haresources").startswith("laicoz IPaddr2")


@pytest.mark.tier_ci
def test_an_installed_tarball_is_enough(logs: Path, tmp_path: Path) -> None:
    """`ansible-playbook laico.lvs.site` from a folder that holds nothing else of the repository."""
    galaxy = ROOT / ".venv" / "bin" / "ansible-galaxy"
    subprocess.run(
        [galaxy, "collection", "build", "--output-path", tmp_path, ROOT],
        check=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
    )
    tarball = next(tmp_path.glob("laico-lvs-*.tar.gz"))
    subprocess.run(
        [galaxy, "collection", "install", "--offline", "-p", tmp_path / "c", tarball],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "c")},
        stdin=subprocess.DEVNULL,
    )
    with started("tarball", "paper.yml", logs) as cluster:
        done = subprocess.run(
            [
                ROOT / ".venv" / "bin" / "ansible-playbook",
                "-i",
                cluster.inventory,
                "laico.lvs.site",
            ],
            cwd=tmp_path,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "c"),
                "ANSIBLE_PIPELINING": "true",
                "ANSIBLE_HOST_KEY_CHECKING": "false",
            },
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        cluster.settle()

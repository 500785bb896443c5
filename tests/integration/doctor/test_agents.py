# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a director's agent knows of the others: two real agents in namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs.places import Places
from tests.integration.agent.directors import HA_CF, Files, Pair, make_pair, wait_until
from tests.integration.doctor.bench import Doctor, ordinary_user, produces, sysctl, until
from tests.integration.modules.namespaces import inside

pytestmark = pytest.mark.tier_ci
ME, PEER = "laicoy", "laicoz"
START_S = 30  # nothing is measured here: a machine with other work may take its time


class OfPair(Doctor):
    """Looks in the namespace of one of the directors, with its files."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        super().__init__(folder)
        mine = pair[ME].folder
        self.places = Places(str(mine / "ha.d"), str(mine / "run"), str(mine / "lib"))
        self.pair = pair

    @contextmanager
    def there(self) -> Iterator[None]:
        process = self.pair[ME].process
        assert process is not None
        with inside(process.pid):
            yield

    def examine(self, **options: Any) -> dict[str, Any]:
        with self.there():
            return super().examine(**options)


@pytest.fixture
def doctor() -> Iterator[OfPair]:
    """In a folder that others may look into, as those of a host."""
    with TemporaryDirectory() as folder, make_pair(Path(folder)) as pair:
        Path(folder).chmod(0o755)
        pair.start()
        wait_until(pair[PEER].holds, f"{PEER} takes the address", START_S)
        for director in pair.directors.values():
            director.ctl("wait", "linked", "--timeout", str(START_S))
        made = OfPair(pair, Path(folder))
        with made.there():
            sysctl("eth0/promote_secondaries", 1)
        yield made


@produces("config-differs", "link-silent", "agent-silent", "unreadable")
def test_another_configuration_a_silent_link_and_a_silent_agent(doctor: OfPair) -> None:
    """From its own files it knows what it is; the peer, who holds the address, is no stranger."""
    assert doctor.look() == {}
    see_another_configuration(doctor)
    see_a_silent_link(doctor)
    see_that_only_root_may_ask(doctor)
    path = Path(doctor.places.control_socket)
    path.rename(f"{path}.away")
    assert set(doctor.look()) == {"agent-silent"}
    Path(f"{path}.away").rename(path)
    assert doctor.look() == {}


def see_that_only_root_may_ask(doctor: OfPair) -> None:
    """An agent that may not be asked is not silent."""
    with doctor.there(), ordinary_user():
        found = Ordinary(doctor).look()
    assert set(found) == {"unreadable"}
    assert "its heartbeat agent's status could not be read" in found["unreadable"]
    doctor.looks.append(set(found))


class Ordinary(Doctor):
    """Looks where the thread is."""

    def __init__(self, doctor: Doctor) -> None:
        super().__init__(Path(doctor.root))
        self.places = doctor.places


def see_another_configuration(doctor: OfPair) -> None:
    peer = doctor.pair[PEER]
    peer.write(Files(ha_cf=HA_CF.replace("initdead 2", "initdead 3")))
    peer.ctl("reload")
    until(lambda: "config-differs" in doctor.look(), "the other digest is heard")
    assert PEER in doctor.look()["config-differs"]
    peer.write(Files())
    peer.ctl("reload")
    until(lambda: doctor.look() == {}, "the digests are equal again")


def see_a_silent_link(doctor: OfPair) -> None:
    doctor.pair.mute(ME, "eth1")
    until(lambda: "link-silent" in doctor.look(), "nothing is heard")
    assert f"hears nothing from {PEER} on ucast:eth1" in doctor.look()["link-silent"]
    doctor.pair.mute(ME, "eth1", is_muted=False)
    until(lambda: doctor.look() == {}, "the link works")

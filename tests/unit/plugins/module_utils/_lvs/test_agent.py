# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must not end or hold up the agent's loop: a slow disk, a kernel that fails once."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent as agent_module
from ansible_collections.laico.lvs.plugins.module_utils._lvs import agent_interfaces
from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent import Agent
from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent_claims import Claims
from ansible_collections.laico.lvs.plugins.module_utils._lvs.agent_interfaces import Interfaces
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.cluster import Address, Group
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import (
    ConfigError,
    KernelError,
)
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.events import LinkState
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host import ownership
from ansible_collections.laico.lvs.plugins.module_utils._lvs.host.addresses import Addresses
from ansible_collections.laico.lvs.plugins.module_utils._lvs.places import OWNER, Places
from ansible_collections.laico.lvs.tests.unit.plugins.module_utils._lvs.core.heartbeat_bench import (  # noqa: E501
    LEASE_S,
    make_config,
)

VIP, OTHER = "192.0.2.146", "192.0.2.147"


def group(address: str) -> Group:
    return Group(address, (Address(address, 24, "eth0"),), ("a", "b"), is_auto_failback=False)


def bare_agent(**parts: Any) -> Agent:
    """An agent without sockets; ``parts`` are the attributes that the test needs."""
    agent = Agent.__new__(Agent)
    agent.__dict__.update(_claims=Claims(agent), **parts)
    return agent


def bare_interfaces(**parts: Any) -> Interfaces:
    """The interfaces of such an agent, without the kernel's news."""
    interfaces = Interfaces.__new__(Interfaces)
    interfaces._agent = bare_agent(**parts)
    return interfaces


class MuteSocket:
    """Stands for a netlink socket whose kernel never answers within its time (SO_RCVTIMEO)."""

    def getblocking(self) -> bool:
        return True

    def send(self, dummy: bytes) -> None:
        """It takes everything."""

    def recv(self, dummy: int) -> bytes:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def patience_s(kernel: Addresses) -> float:
    """How long these addresses wait for a kernel that does not answer."""
    real = kernel._socket._socket
    option = real.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.calcsize("@ll"))
    whole, millionths = struct.unpack("@ll", option)
    kernel.close()
    kernel._socket._socket = MuteSocket()  # type: ignore[assignment]
    with pytest.raises(KernelError, match="no answer in time"):
        kernel.links()
    with pytest.raises(KernelError, match="did not answer in time"):
        kernel.remove("lo", VIP, 32)
    return float(whole + millionths / 1e6)


def test_a_kernel_that_does_not_answer_costs_the_loop_less_than_a_lease(tmp_path: Path) -> None:
    async def story() -> float:
        agent = Agent(make_config("a"), Places(runtime=str(tmp_path)))
        agent._interfaces.close()
        return patience_s(agent.kernel)

    assert 0 < 3 * asyncio.run(story()) < LEASE_S  # a renewal asks three times
    assert patience_s(Addresses()) == 5.0  # a module has time


def test_a_reload_that_reads_slowly_does_not_hold_up_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_read = threading.Event()

    def read_slowly(dummy_places: Places, dummy_node: str) -> None:
        raise ConfigError("ha.cf:1: wrong." if is_read.wait(2.0) else "the loop was held up.")

    async def story() -> None:
        loop = asyncio.get_running_loop()
        config = SimpleNamespace(node="a")
        agent = bare_agent(places=Places(), config=config, _loop=loop, _reloading=asyncio.Lock())
        loop.call_later(0.01, is_read.set)
        with pytest.raises(ConfigError, match="wrong"):
            await agent.reload()

    monkeypatch.setattr(agent_module, "read_config", read_slowly)
    asyncio.run(story())


def test_sockets_are_tried_again_after_a_failure_of_the_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures: list[Exception] = [KernelError("no list."), OSError(errno.EMFILE, "no descriptor")]

    async def story() -> None:
        opened = asyncio.Event()

        def open_sockets() -> None:
            if failures:
                raise failures.pop()
            opened.set()

        interfaces = bare_interfaces(sockets=SimpleNamespace(open=open_sockets))
        task = asyncio.ensure_future(interfaces.retry_sockets())
        await asyncio.wait_for(opened.wait(), 2.0)
        task.cancel()

    monkeypatch.setattr(agent_interfaces, "RETRY_S", 0.0)
    asyncio.run(story())


def test_a_removal_that_cannot_be_looked_up_is_left_to_the_next_renewal() -> None:
    def fail(*dummy: str) -> bool:
        raise KernelError("no list.")

    holdings = SimpleNamespace(is_expected=lambda *dummy: True, has=fail)
    interfaces = bare_interfaces(groups={VIP: group(VIP)}, holdings=holdings)
    interfaces._note_removal("eth0", VIP)


def test_a_released_group_that_left_the_configuration_is_no_longer_claimed(
    tmp_path: Path,
) -> None:
    agent = bare_agent(
        places=Places(runtime=str(tmp_path)),
        groups={VIP: group(VIP), OTHER: group(OTHER)},
        config=SimpleNamespace(groups=(group(VIP),)),
        holdings=SimpleNamespace(held=frozenset({VIP, OTHER})),
    )
    agent._claims.claim()  # at the reload: still held
    assert ownership.read(agent.places.owned).addresses[OWNER].addresses == (VIP, OTHER)
    agent.__dict__["holdings"] = SimpleNamespace(held=frozenset({VIP}))
    agent.forget_gone(OTHER)
    assert ownership.read(agent.places.owned).addresses[OWNER].addresses == (VIP,)


class Reload:
    """An agent with one group that takes a configuration with another; each part is noted."""

    def __init__(self, runtime: Path) -> None:
        self.done: list[str] = []
        self.new = SimpleNamespace(
            groups=(group(OTHER),), timing=SimpleNamespace(lease_s=3), realtime_priority=0
        )
        self.agent = bare_agent(
            places=Places(runtime=str(runtime)),
            groups={VIP: group(VIP)},
            config=SimpleNamespace(groups=(group(VIP),)),
            holdings=SimpleNamespace(held=frozenset(), lease_s=2),
            node=SimpleNamespace(reconfigure=self.note("node")),
            sockets=SimpleNamespace(close=self.note("close"), use=self.note("sockets")),
            monitor=SimpleNamespace(set_groups=self.note("monitor")),
            hook=SimpleNamespace(),
            _interfaces=SimpleNamespace(tell_macs=self.note("macs"), tell_links=self.note("links")),
            _senses=SimpleNamespace(use=self.note("senses")),
            executor=SimpleNamespace(stand_by=self.note("standby")),
            _realtime=SimpleNamespace(use=lambda dummy: []),
            turn=self.note("turn"),
        )

    def note(self, word: str) -> Callable[..., None]:
        return lambda *dummy: self.done.append(word)

    def claimed(self) -> tuple[str, ...]:
        return ownership.read(self.agent.places.owned).addresses[OWNER].addresses


def fail_of_kernel(*dummy: object) -> None:
    raise KernelError("no answer.")


def test_a_reload_that_cannot_write_its_claim_leaves_the_old_configuration_whole(
    tmp_path: Path,
) -> None:
    reload = Reload(tmp_path / "full")
    old = reload.agent.config
    with pytest.raises(KernelError, match="cannot be written"):
        reload.agent._use(cast(Any, reload.new))
    assert reload.done == []
    assert (reload.agent.config, list(reload.agent.groups)) == (old, [VIP])


def test_a_reload_claims_old_and_new_until_the_new_is_in_use(tmp_path: Path) -> None:
    reload, seen = Reload(tmp_path), []
    reload.agent.node.reconfigure = lambda *dummy: seen.append(reload.claimed())  # type: ignore[method-assign]
    reload.agent._use(cast(Any, reload.new))
    assert seen == [(VIP, OTHER)]
    assert reload.claimed() == (OTHER,)


@pytest.mark.parametrize("part", ["tell_macs", "tell_links", "sockets"])
def test_a_reload_is_not_left_half_done_by_a_kernel_that_fails(tmp_path: Path, part: str) -> None:
    reload = Reload(tmp_path)
    if part == "sockets":
        setattr(reload.agent.sockets, "use", fail_of_kernel)  # noqa: B010 - of another type
    else:
        setattr(reload.agent._interfaces, part, fail_of_kernel)
    new = cast(Any, reload.new)
    reload.agent._use(new)
    assert reload.agent.config is new
    assert reload.done[-4:] == ["monitor", "senses", "standby", "turn"]


def test_a_fault_of_the_core_ends_the_agent_wherever_it_comes_from() -> None:
    def fail(*dummy: object) -> None:
        raise RuntimeError("a fault")

    async def story() -> None:
        ended = asyncio.Event()
        agent = bare_agent(node=SimpleNamespace(handle=fail), _ended=ended, _is_turning=False)
        agent.observe_later(LinkState("eth0", is_up=True))  # as the monitor's task calls it
        assert ended.is_set()
        assert str(agent._fault) == "a fault"

    asyncio.run(story())

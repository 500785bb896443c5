# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module vip_address as a task: an address on an interface, and its unit for the next boot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Union

from ..core.errors import ConfigError, KernelError, OwnedError
from ..core.plan_addresses import (
    AddressKey,
    AddressOp,
    HeldAddress,
    address_words,
    apply_address_plan,
    describe_addresses,
    lost_with,
    plan_address,
    plan_address_absent,
)
from ..core.vip_options import VipOptions, check_on_loopback
from . import ownership, vip_state, vip_unit
from .addresses import Addresses
from .arp_probe import announce, find_holder
from .task import Task


@dataclass(frozen=True)
class UnitOp:
    """Write the unit for the next boot with this text, or with None remove it."""

    text: str | None


Op = Union[AddressOp, UnitOp]


class VipWorld(NamedTuple):
    """All addresses of the host, and the text of the address's unit if it has one."""

    held: tuple[HeldAddress, ...]
    unit: str | None


class VipTask(Task[VipWorld, Op]):
    """One virtual address."""

    def __init__(self, params: Mapping[str, Any], is_check: bool) -> None:
        """``params`` are the options of vip_address. Raises ConfigError."""
        del is_check
        self.options = VipOptions.parse(params)
        self.key = self.options.key
        self.kernel = Addresses()

    def close(self) -> None:
        """Close the kernel's socket."""
        self.kernel.close()

    def read(self) -> VipWorld:
        """Addresses and unit as they are."""
        return VipWorld(tuple(self.kernel.list()), vip_unit.read_unit(self.key))

    def plan(self, world: VipWorld) -> Sequence[Op]:
        """The address first, then its unit; when it goes, the unit first."""
        if not self.options.is_present:
            gone = plan_address_absent(world.held, self.key)
            return (*self._plan_unit(world, None), *gone)
        vip_state.check_interface(self.key, self.kernel.links(), world.held)
        ops = plan_address(world.held, self.key, self.options.changes)
        after = _find(apply_address_plan(world.held, ops), self.key)
        return (*ops, *self._plan_unit(world, after))

    def _plan_unit(self, world: VipWorld, after: HeldAddress | None) -> Sequence[Op]:
        # Left out, it stays as it is: a unit follows its address, the part of one is not touched.
        is_kept = self.options.is_persistent is None and bool(world.unit)
        if after is not None and self.options.is_persistent is None and not is_kept:
            return ()
        wanted = None
        if after is not None and (self.options.is_persistent or is_kept):
            wanted = vip_unit.unit_text(after)
        return () if wanted == world.unit else (UnitOp(wanted),)

    def guard(self, world: VipWorld, plan: Sequence[Op]) -> None:
        """Refuse what the agent owns, what would take other addresses along, what others hold."""
        ops = [op for op in plan if isinstance(op, AddressOp)]
        # A unit counts too: at the next boot it would set the agent's address for good, with no
        # lease. Only its removal leaves the agent what it has.
        is_foreign = bool(ops) or any(isinstance(op, UnitOp) and op.text for op in plan)
        if is_foreign and not self.options.is_forced:
            self._guard_owner()
        if not ops:
            return
        if any(op.kind == "del_address" for op in ops):
            self._guard_secondaries(world)
        if any(op.kind == "add_address" for op in ops):
            check_on_loopback(self.key)
        if self.options.has_probe and all(op.kind == "add_address" for op in ops):
            self._guard_holder()

    def _guard_owner(self) -> None:
        owner = ownership.owner_of_address(ownership.read(), self.key.address)
        if owner is not None:
            raise OwnedError(
                f"The address {self.key.address} belongs to the running {owner.name} by "
                f"{owner.source}: change lvs_vips in the inventory, or that file, instead "
                "(or set force: true, until the daemon puts its own back)."
            )

    def _guard_secondaries(self, world: VipWorld) -> None:
        lost = lost_with(world.held, self.key)
        if lost and not _is_promoting(self.key.interface):
            names = ", ".join(f"{each.address}/{each.prefix}" for each in lost)
            raise ConfigError(
                f"With {self.key.address}/{self.key.prefix} the kernel would remove {names} too: "
                f"set net.ipv4.conf.{self.key.interface}.promote_secondaries to 1 first."
            )

    def _guard_holder(self) -> None:
        links = self.kernel.links()
        vip_state.check_can_ask(self.key, links[self.key.interface])
        own = frozenset(link.mac for link in links.values())
        mac = find_holder(self.key.interface, self.key.address, own)
        if mac is not None:
            raise ConfigError(
                f"The address {self.key.address} is already answered for by {mac} on "
                f"{self.key.interface}: take it from that host first, or set probe: false."
            )

    def predict(self, world: VipWorld, plan: Sequence[Op]) -> VipWorld:
        """Addresses and unit after the plan."""
        ops = tuple(op for op in plan if isinstance(op, AddressOp))
        units = [op for op in plan if isinstance(op, UnitOp)]
        unit = units[-1].text if units else world.unit
        return VipWorld(tuple(apply_address_plan(world.held, ops)), unit)

    def apply(self, op: Op) -> None:
        """Do one step."""
        if isinstance(op, UnitOp):
            self._apply_unit(op)
        elif op.kind == "del_address":
            self.kernel.remove(*self.key)
        else:
            self._set(op.held)

    def _set(self, held: HeldAddress) -> None:
        self.kernel.set(
            *self.key,
            label=held.label,
            scope=held.scope,
            nodad=held.is_nodad,
            preferred_s=held.preferred_s,
        )
        if held.is_v6 and not held.is_nodad and self._is_up():
            vip_state.wait_until_usable(self.kernel, self.key)

    def _is_up(self) -> bool:
        link = self.kernel.links().get(self.key.interface)
        return link is not None and link.is_up

    def _apply_unit(self, op: UnitOp) -> None:
        try:
            if op.text is None:
                vip_unit.remove_unit(self.key)
            else:
                vip_unit.write_unit(self.key, op.text)
        except OSError as error:
            raise KernelError(
                f"{error.filename}: the unit cannot be written ({error.strerror}): mend "
                "that, or set persistent: false.",
                error.errno or 0,
            ) from error

    def describe(self, plan: Sequence[Op]) -> list[str]:
        """As commands of ip and systemctl."""
        words: list[str] = []
        name = vip_unit.unit_name(self.key)
        for op in plan:
            if isinstance(op, AddressOp):
                words.extend(describe_addresses((op,)))
            else:
                words.append(f"systemctl {'disable' if op.text is None else 'enable'} {name}")
        return words

    def show(self, world: VipWorld) -> str:
        """The address as a command of ip would add it, then its unit."""
        held = _find(world.held, self.key)
        text = f"{address_words(held)}\n" if held else ""
        if world.unit:
            text += f"\n{vip_unit.DIRECTORY}/{vip_unit.unit_name(self.key)}:\n{world.unit}"
        return text

    def values(self, world: VipWorld) -> dict[str, Any]:
        """The address as it is."""
        held = _find(world.held, self.key)
        if held is None:
            return {"vip": None}
        return {
            "vip": {
                "address": f"{held.address}/{held.prefix}",
                "interface": held.interface,
                "label": held.label or None,
                "scope": held.scope,
                "preferred_lft": "forever" if held.preferred_s is None else str(held.preferred_s),
                "valid_lft": "forever" if held.valid_s is None else str(held.valid_s),
                "nodad": held.is_nodad,
                "persistent": bool(world.unit),
            }
        }

    def finish(self, plan: Sequence[Op]) -> None:
        """Tell the LAN, when asked to and when there is one."""
        if self._is_to_tell(plan):
            options = self.options
            announce(
                self.key.interface,
                self.key.address,
                options.announce_count,
                options.announce_interval_s,
            )

    def finish_words(self, plan: Sequence[Op]) -> list[str]:
        """What ``finish`` does."""
        told = f"announce {self.key.address} on {self.key.interface}"
        return [told] if self._is_to_tell(plan) else []

    def _is_to_tell(self, plan: Sequence[Op]) -> bool:
        options = self.options
        is_new = any(isinstance(op, AddressOp) and op.kind == "add_address" for op in plan)
        is_due = options.announce == "always" or (options.announce == "on_change" and is_new)
        is_on_a_lan = options.is_present and not options.is_on_loopback
        return is_due and is_on_a_lan and self._is_up()

    def warnings(self, world: VipWorld) -> list[str]:
        """What keeps the address from serving, or others from being served."""
        held = _find(world.held, self.key)
        return [] if held is None else vip_state.find_warnings(held, self.kernel.links())


def _find(held: Sequence[HeldAddress], key: AddressKey) -> HeldAddress | None:
    found = {each.key: each for each in held}.get(key)
    # Whether it is a secondary one is the kernel's affair and nobody's wish.
    return None if found is None else replace(found, is_secondary=False, is_tentative=False)


def _is_promoting(interface: str) -> bool:
    return any(_read_sysctl(name) == "1" for name in ("all", interface))


def _read_sysctl(name: str) -> str:
    try:
        with open(f"/proc/sys/net/ipv4/conf/{name}/promote_secondaries", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""

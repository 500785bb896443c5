# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The planner of addresses: from those that an interface holds to those it is to hold.

An address is named by interface, address and prefix, as the kernel does it: the same address with
another prefix is another object and is not touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .errors import ConfigError


class AddressKey(NamedTuple):
    """What names an address of this host."""

    interface: str
    address: str
    prefix: int


@dataclass(frozen=True)
class HeldAddress:
    """An address on an interface. Lifetimes in seconds, None = for ever.

    ``label`` is "" where it is the interface's own name or the family has none. ``scope`` is
    global, site, link, host or a number. ``is_secondary`` (IPv4) goes when its primary goes, unless
    net.ipv4.conf.*.promote_secondaries is set. IPv6: ``is_tentative`` while the kernel asks whether
    another host has it, and for ever where ``has_failed_dad`` says that one had.
    """

    interface: str
    address: str
    prefix: int
    label: str = ""
    scope: str = "global"
    valid_s: int | None = None
    preferred_s: int | None = None
    is_nodad: bool = False
    is_secondary: bool = False
    is_tentative: bool = False
    has_failed_dad: bool = False

    @property
    def key(self) -> AddressKey:
        """What names it."""
        return AddressKey(self.interface, self.address, self.prefix)

    @property
    def is_v6(self) -> bool:
        """Is it an IPv6 address?"""
        return ":" in self.address


@dataclass(frozen=True)
class AddressOp:
    """One write: ``kind`` add_address, set_address (in place) or del_address."""

    kind: str
    held: HeldAddress


AddressPlan = tuple[AddressOp, ...]


def plan_addresses(
    current: Iterable[HeldAddress],
    wanted: Iterable[HeldAddress],
    owned: Collection[AddressKey] = (),
) -> AddressPlan:
    """Have ``wanted`` stand; of the other addresses only those in ``owned`` are removed."""
    held = {each.key: each for each in current}
    ops: list[AddressOp] = []
    keys = set()
    for each in sorted(wanted, key=lambda address: address.key):
        keys.add(each.key)
        ops.extend(_plan_one(held.get(each.key), each))
    gone = sorted(set(owned) - keys)
    return (*ops, *(AddressOp("del_address", held[key]) for key in gone if key in held))


def _plan_one(current: HeldAddress | None, wanted: HeldAddress) -> AddressPlan:
    if current is None:
        return (AddressOp("add_address", wanted),)
    is_fixed = (current.label, current.scope) == (wanted.label, wanted.scope)
    if not is_fixed or current.has_failed_dad:
        # The kernel changes neither label nor scope in place, and asks once only.
        return (AddressOp("del_address", current), AddressOp("add_address", wanted))
    is_same = (
        current.valid_s == wanted.valid_s
        and current.preferred_s == wanted.preferred_s
        and (current.is_nodad == wanted.is_nodad or not wanted.is_v6)
    )
    return () if is_same else (AddressOp("set_address", wanted),)


def plan_address(
    current: Collection[HeldAddress], key: AddressKey, changes: Mapping[str, Any]
) -> AddressPlan:
    """Have ``key`` with ``changes`` (fields of ``HeldAddress``); a lease that it had ends.

    Raises ConfigError when the changes cannot be had.
    """
    held = {each.key: each for each in current}.get(key)
    base = held or HeldAddress(*key)
    if base.valid_s is not None:
        base = replace(base, valid_s=None, preferred_s=None)
    wanted = replace(base, is_tentative=False, has_failed_dad=False, **changes)
    _check(wanted, changes)
    return plan_addresses(current, [wanted])


def plan_address_absent(current: Collection[HeldAddress], key: AddressKey) -> AddressPlan:
    """Remove ``key``, if it is there, and nothing else."""
    return plan_addresses(current, [], [key])


def _check(wanted: HeldAddress, changes: Mapping[str, Any]) -> None:
    where = f"{wanted.address}/{wanted.prefix} on {wanted.interface}"
    if wanted.is_v6 and wanted.label:
        raise ConfigError(f"{where}: an IPv6 address has no label: leave it out.")
    if wanted.is_v6 and "scope" in changes and changes["scope"] != _own_scope(wanted):
        raise ConfigError(f"{where}: the scope of an IPv6 address is part of it: leave it out.")
    if wanted.label and not wanted.label.startswith(wanted.interface):
        raise ConfigError(f"{where}: the label must begin with {wanted.interface}, as ip demands.")
    if len(wanted.label) > 15:
        raise ConfigError(f"{where}: the label {wanted.label} has more than 15 characters.")


def _own_scope(wanted: HeldAddress) -> str:
    return "link" if wanted.address.startswith("fe80:") else "global"


def lost_with(current: Collection[HeldAddress], key: AddressKey) -> list[HeldAddress]:
    """The secondary addresses that the kernel removes with ``key`` when it does not promote them.

    Source: ``__inet_del_ifa`` in net/ipv4/devinet.c of the kernel.
    """
    held = {each.key: each for each in current}.get(key)
    if held is None or held.is_secondary or held.is_v6:
        return []
    return [
        each
        for each in current
        if each.is_secondary
        and (each.interface, each.prefix) == (held.interface, held.prefix)
        and _network(each) == _network(held)
    ]


def _network(held: HeldAddress) -> str:
    bits = "".join(f"{int(part):08b}" for part in held.address.split("."))
    return bits[: held.prefix]


def apply_address_plan(current: Iterable[HeldAddress], plan: AddressPlan) -> list[HeldAddress]:
    """The addresses after the plan: what check mode and diff show as "after"."""
    after = {each.key: each for each in current}
    for op in plan:
        if op.kind == "del_address":
            del after[op.held.key]
        else:
            after[op.held.key] = op.held
    return list(after.values())


_VERBS = {"add_address": "add", "set_address": "change", "del_address": "delete"}


def describe_addresses(plan: AddressPlan) -> list[str]:
    """Each write as the command of ip(8) that would do the same."""
    return [f"ip address {_VERBS[op.kind]} {_op_words(op)}" for op in plan]


def _op_words(op: AddressOp) -> str:
    if op.kind == "del_address":
        return f"{op.held.address}/{op.held.prefix} dev {op.held.interface}"
    return address_words(op.held)


def address_words(held: HeldAddress) -> str:
    """``192.0.2.146/24 dev eth0 label eth0:vip scope link preferred_lft 0 nodad``."""
    words = [f"{held.address}/{held.prefix}", "dev", held.interface]
    if held.label:
        words += ["label", held.label]
    if held.scope != "global" and not held.is_v6:
        words += ["scope", held.scope]
    if held.valid_s is not None:
        words += ["valid_lft", str(held.valid_s)]
    if held.preferred_s is not None:
        words += ["preferred_lft", str(held.preferred_s)]
    if held.is_nodad and held.is_v6:
        words.append("nodad")
    return " ".join(words)

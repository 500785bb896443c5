# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory as this collection reads it: groups, host variables, and what preflight found.

Everything a role derives from ``lvs_*`` variables is derived from this one view, on the control
node. Nothing here talks to a host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.errors import ConfigError
from ansible_collections.laico.lvs.plugins.module_utils._lvs.core.options import is_address

IPInterface = Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]
IPAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
IPNetwork = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

DIRECTORS = "lvs_directors"
REALSERVERS = "lvs_realservers"
# The fact under which lvs_preflight leaves what it found on a host.
FACTS = "lvs_preflight_host"


class Inventory:
    """Read access to ``hostvars`` and ``groups`` in this collection's own words."""

    def __init__(self, hostvars: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> None:
        """Keep the two mappings; they are read lazily, since each look-up may template a value."""
        self._hostvars = hostvars
        self.directors: list[str] = list(groups.get(DIRECTORS, []))
        self.realservers: list[str] = list(groups.get(REALSERVERS, []))

    def has_host(self, host: str) -> bool:
        """Say whether the inventory knows ``host``."""
        return host in self._hostvars

    def value(self, host: str, name: str, default: Any = None) -> Any:  # noqa: ANN401
        """Return the variable ``name`` of ``host``, or ``default`` where it is not defined."""
        if host not in self._hostvars:
            return default
        return self._hostvars[host].get(name, default)

    def facts(self, host: str) -> Mapping[str, Any]:
        """Return what lvs_preflight returned for ``host`` ({} when it did not run there)."""
        facts = self.value(host, "ansible_facts", {}).get(FACTS, {})
        return facts if isinstance(facts, Mapping) else {}

    def node(self, host: str) -> str:
        """Return the host's name to heartbeat: ``lvs_node``, ``uname -n``, its inventory name."""
        name = self.value(host, "lvs_node") or self.facts(host).get("node") or host
        return str(name).lower()

    def addresses(self, host: str, interface: str | None = None) -> list[IPInterface]:
        """Return the addresses that preflight saw on ``interface`` (all interfaces when None)."""
        seen: Mapping[str, Sequence[str]] = self.facts(host).get("addresses", {})
        names = seen.keys() if interface is None else [interface]
        return [ipaddress.ip_interface(text) for name in names for text in seen.get(name, [])]

    def macs(self, host: str) -> dict[str, str]:
        """Return interface -> MAC as preflight saw them."""
        return dict(self.facts(host).get("macs", {}))

    def address(self, host: str, network: IPNetwork, excluded: Sequence[str]) -> str:
        """Return the host's own address on ``network``: ``lvs_address``, else what was seen there.

        Seen by preflight, or by ``ansible.builtin.setup``. ``excluded`` are the virtual addresses,
        which are nobody's own. Raises ConfigError.
        """
        given = self.value(host, "lvs_address")
        if given:
            return str(given)
        for seen in [*(found.ip for found in self.addresses(host)), *self._gathered(host)]:
            if seen in network and str(seen) not in excluded:
                return str(seen)
        fallback = self.value(host, "ansible_host")
        if fallback and is_address(str(fallback)) and ipaddress.ip_address(fallback) in network:
            return str(fallback)
        raise ConfigError(
            f"lvs_address of {host}: no address on {network} is known; set it in the inventory."
        )

    def _gathered(self, host: str) -> list[IPAddress]:
        facts = self.value(host, "ansible_facts", {})
        families = ("all_ipv4_addresses", "all_ipv6_addresses")
        return [ipaddress.ip_address(text) for name in families for text in facts.get(name, [])]

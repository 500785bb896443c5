# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drawn pair as options of the modules: the whole table at once, or service by service.

Whatever may be left out sometimes is: in a table it then has the usual value, in the modules of
one service it stays as it was.
"""

from __future__ import annotations

import random
from typing import Any

from tests.integration.modules.conftest import DEST, SERVICE, TABLE
from tests.integration.modules.pairs import Name, Pair, Server, Virtual
from tests.integration.modules.pairs_printer import flag_names, spelled_netmask

Options = dict[str, Any]


class Speller:
    """The same pair is always spelled alike."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.chance = random.Random(pair.seed)

    def steps(self) -> list[Options]:
        """For in_guest_pairs.py."""
        return self._each() if self.pair.way == "each" else [self._table()]

    def _table(self) -> Options:
        services = [
            {
                **self.service(virtual, Virtual(virtual.name)),
                "destinations": [
                    self.server(server, virtual.name, Server(*server.key))
                    for server in self.shuffled(virtual.servers)
                ],
            }
            for virtual in self.shuffled(self.pair.after.values())
        ]
        return {"task": "table", "params": {**TABLE, "services": services, "purge": self.pair.way}}

    def shuffled(self, rows: Any) -> list[Any]:
        return self.chance.sample(list(rows), len(rows))

    def _each(self) -> list[Options]:
        """Services before their servers, new servers before old ones go, as an operator would."""
        before, after = self.pair.before, self.pair.after
        gone = [self._service_step({}, name, "absent") for name in before.keys() - after.keys()]
        return [step for name in after for step in self._to(after[name])] + gone

    def _to(self, virtual: Virtual) -> list[Options]:
        name = virtual.name
        held = self.pair.before.get(name, Virtual(name))
        steps = [self._service_step(self.service(virtual, held), name, "present")]
        for server in self.shuffled(virtual.servers):
            there = held.find(server.key) or Server(*server.key)
            steps.append(self._dest_step(self.server(server, name, there), name, "present"))
        for server in held.servers:
            if virtual.find(server.key) is None:
                steps.append(self._dest_step(self.server_key(server, name), name, "absent"))
        return steps

    def _service_step(self, options: Options, name: Name, state: str) -> Options:
        params = {**SERVICE, **self.key(name), **options, "state": state}
        return {"task": "service", "params": params}

    def _dest_step(self, options: Options, name: Name, state: str) -> Options:
        params = {**DEST, **self.key(name), **options, "state": state}
        return {"task": "dest", "params": params}

    def key(self, name: Name) -> Options:
        if name.mark:
            family = "ipv6" if name.family == 6 else self.chance.choice([None, "ipv4"])
            return {"fwmark": name.mark, "family": family, "protocol": "tcp"}
        address = self.chance.choice([name.address, name.address.upper(), f"[{name.address}]"])
        return {
            "address": address if name.family == 6 else name.address,
            "port": str(name.port),
            "protocol": name.protocol,
        }

    def service(self, virtual: Virtual, held: Virtual) -> Options:
        """The settings that bring ``held`` to ``virtual``."""
        given = {
            "scheduler": (virtual.scheduler, virtual.scheduler == held.scheduler),
            "scheduler_flags": (self.flags(virtual), virtual.flags == held.flags),
            "persistence_timeout": (virtual.timeout, virtual.timeout == held.timeout),
            "one_packet": (virtual.one_packet, virtual.one_packet == held.one_packet),
        }
        if virtual.timeout:
            # What another service had goes with its persistence.
            there = held if held.timeout else Virtual(held.name)
            mask = self.netmask(virtual)
            given["persistence_netmask"] = (mask, virtual.netmask == there.netmask)
            given["persistence_engine"] = (virtual.engine, virtual.engine == there.engine)
        return {**self.key(virtual.name), **self.maybe(given)}

    def flags(self, virtual: Virtual) -> list[str]:
        plain = [f"flag-{flag}" for flag in virtual.flags]
        return self.shuffled(self.chance.choice([plain, flag_names(virtual)]))

    def netmask(self, virtual: Virtual) -> str:
        family, prefix = virtual.name.family, virtual.netmask
        if prefix is None:
            prefix = 128 if family == 6 else 32
        forms = [str(prefix), f"/{prefix}", spelled_netmask(family, prefix)]
        return self.chance.choice(forms)

    def maybe(self, given: dict[str, tuple[Any, bool]]) -> Options:
        """Leaves half of those out that are as they are to be."""
        return {
            option: value
            for option, (value, is_same) in given.items()
            if not is_same or self.chance.random() < 0.5
        }

    def server_key(self, server: Server, name: Name) -> Options:
        is_same = server.port == name.port
        port = self.maybe({"destination_port": (str(server.port), is_same)})
        return {"destination": server.address, **port}

    def server(self, server: Server, name: Name, held: Server) -> Options:
        given = {
            "forward": (server.forward, server.forward == held.forward),
            "weight": (server.weight, server.weight == held.weight),
            "upper_threshold": (server.upper, server.upper == held.upper),
            "lower_threshold": (server.lower, server.lower == held.lower),
        }
        if server.forward == "tunnel":
            given["tunnel_type"] = (server.tunnel, server.tunnel == held.tunnel)
            given["tunnel_port"] = (server.tunnel_port, server.tunnel_port == held.tunnel_port)
            given["tunnel_flags"] = (server.checksum, server.checksum == held.checksum)
        return {**self.server_key(server, name), **self.maybe(given)}

# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two directors as network namespaces of this machine: real agents, real ARP, real leases.

``eth0`` of each is on the clients' LAN, ``eth1`` on a second bridge of their own, so that links
can be cut one by one. A third namespace, the client, runs the observer of the wire.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.agent import wire

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "plugins" / "module_utils" / "_lvs"
DIRECTORS = ("laicoy", "laicoz")
# The agents may be run by another Python than the tests: the oldest one supported, say.
PYTHON = os.environ.get("LVS_TEST_PYTHON", sys.executable)
HOSTS = (*DIRECTORS, "client")
_NETNS = re.compile(rf"a(\d+)(?:{'|'.join((*HOSTS, 'bridge'))})\b")
VIP = "192.0.2.146"
VIP6 = "2001:db8::146"
HA_CF = """\
keepalive 100ms
warntime 250ms
deadtime 500ms
initdead 2
auto_failback off
node laicoy laicoz
ucast eth1 198.51.100.1
ucast eth1 198.51.100.2
"""
HARESOURCES = f"laicoz {VIP}/24/eth0\n"
AUTHKEYS = "auth 1\n1 hmac-sha256 0123456789abcdef0123456789abcdef\n"
LVS_CF = "cluster trial\nfailback_delay 300ms\n"


@dataclass(frozen=True)
class Files:
    """The configuration of both directors."""

    ha_cf: str = HA_CF
    haresources: str = HARESOURCES
    authkeys: str = AUTHKEYS
    lvs_cf: str = LVS_CF


def ip(*words: str) -> str:
    done = subprocess.run(
        ["ip", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()} (this test needs root)")
    return done.stdout


def wait_until(is_true: Callable[[], object], what: str, within_s: float = 5.0) -> float:
    """Seconds it took; fails with ``what`` when it takes longer."""
    began = time.monotonic()
    while not is_true():
        if time.monotonic() - began > within_s:
            raise AssertionError(f"{what}: not within {within_s} s")
        time.sleep(0.01)
    return time.monotonic() - began


class Director:
    """One director: its namespace, its files, its agent."""

    def __init__(self, pair: Pair, name: str, folder: Path) -> None:
        self.pair = pair
        self.name = name
        self.folder = folder
        self.log_path = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        for part in ("ha.d", "run", "lib"):
            (folder / part).mkdir(parents=True)

    @property
    def mac(self) -> str:
        return self.pair.mac(self.name)

    def write(self, files: Files) -> None:
        for name, text in (
            ("ha.cf", files.ha_cf),
            ("haresources", files.haresources),
            ("authkeys", files.authkeys),
            ("lvs.cf", files.lvs_cf),
        ):
            path = self.folder / "ha.d" / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600 if name == "authkeys" else 0o644)

    def _command(self, module: str, *words: str) -> list[str]:
        return [
            *("ip", "netns", "exec", self.pair.netns(self.name)),
            *(PYTHON, "-m", f"laico_lvs.{module}", "--node", self.name),
            *("--config-dir", str(self.folder / "ha.d"), "--runtime-dir", str(self.folder / "run")),
            *words,
        ]

    def start(self, *words: str) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("heartbeat", "--state-dir", str(self.folder / "lib"), *words),
                env=self.pair.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(5)

    def terminate(self, within_s: float = 8.0) -> int:
        self.signal(signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(within_s)

    def end(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        for number in (signal.SIGCONT, signal.SIGTERM):
            self.signal(number)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def ctl(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            self._command("ctl", *words),
            env=self.pair.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"lvsctl {' '.join(words)}: {done.returncode}: {said}"
        return said

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ctl("status", "--json"))
        return found

    def state(self, group: str = VIP) -> str:
        return str(self.status()["groups"][group]["state"])

    def addresses(self) -> list[dict[str, Any]]:
        """All addresses: interface, address, prefix and lease (None: for ever)."""
        return [
            {
                "interface": link["ifname"],
                "address": info["local"],
                "prefix": info["prefixlen"],
                "lease": None if info["valid_life_time"] > 1 << 30 else info["valid_life_time"],
            }
            for link in json.loads(ip("-n", self.pair.netns(self.name), "-j", "address", "show"))
            for info in link["addr_info"]
            if "local" in info
        ]

    def places_of(self, address: str = VIP) -> list[str]:
        return [held["interface"] for held in self.addresses() if held["address"] == address]

    def holds(self, address: str = VIP) -> bool:
        return "eth0" in self.places_of(address)

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")


@dataclass
class Pair:
    """Both directors, the client and the bridges."""

    folder: Path
    tag: str = field(default_factory=lambda: f"a{os.getpid()}")
    directors: dict[str, Director] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.folder / "packages")}

    def netns(self, host: str) -> str:
        return f"{self.tag}{host}"

    def mac(self, host: str) -> str:
        return f"02:00:00:00:00:{HOSTS.index(host) + 1:02x}"

    def __getitem__(self, name: str) -> Director:
        return self.directors[name]

    def write(self, files: Files) -> None:
        for director in self.directors.values():
            director.write(files)

    def start(self, *names: str) -> None:
        for name in names or DIRECTORS:
            self.directors[name].start()

    def cut(self, host: str, interface: str, is_up: bool = False) -> None:
        """Take the cable of a host's interface out, or put it in again."""
        state = "up" if is_up else "down"
        ip("-n", self.netns("bridge"), "link", "set", f"{host}{interface[-1]}", state)

    def mute(self, host: str, interface: str, is_muted: bool = True) -> None:
        """Drop everything on the bridge's port without the host seeing its carrier go."""
        master = ["nomaster"] if is_muted else ["master", f"br{interface[-1]}"]
        ip("-n", self.netns("bridge"), "link", "set", f"{host}{interface[-1]}", *master)

    @contextmanager
    def observer(self, *addresses: str) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """The wire's runs of answers ``{address, mac, first, last}``, readable after the end."""
        output = self.folder / "observed"
        words = ["--address", *(addresses or (VIP,))]
        process = subprocess.Popen(
            [
                *("ip", "netns", "exec", self.netns("client"), sys.executable),
                *("-m", "laico_lvs.witness.observer", "--interface", "eth0"),
                *(*words, "--output", str(output)),
            ],
            env=self.environment,
            stdin=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: output.exists() and output.stat().st_size, "observer starts")
            yield lambda: wire.read_runs(output)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


@contextmanager
def make_pair(folder: Path) -> Iterator[Pair]:
    _delete_stale()
    pair = Pair(folder)
    packages = folder / "packages"
    packages.mkdir()
    (packages / "laico_lvs").symlink_to(PACKAGE)
    with ExitStack() as stack:
        for host in (*HOSTS, "bridge"):
            ip("netns", "add", pair.netns(host))
            stack.callback(_delete_netns, pair.netns(host))
        for name in ("br0", "br1"):
            ip("-n", pair.netns("bridge"), "link", "add", name, "type", "bridge")
            ip("-n", pair.netns("bridge"), "link", "set", name, "up")
        for host in HOSTS:
            _plug(pair, host)
        for name in DIRECTORS:
            pair.directors[name] = Director(pair, name, folder / name)
            stack.callback(pair.directors[name].end)
        pair.write(Files())
        yield pair


def _delete_stale() -> None:
    """Namespaces of a run that was killed: those that bear the number of no living process."""
    for line in ip("netns", "list").splitlines():
        match = _NETNS.match(line)
        if match and not Path("/proc", match.group(1)).exists():
            _delete_netns(match.group(0))


def _delete_netns(name: str) -> None:
    with suppress(RuntimeError):
        ip("netns", "delete", name)


def _plug(pair: Pair, host: str) -> None:
    mine, bridge = pair.netns(host), pair.netns("bridge")
    number = HOSTS.index(host) + 1
    ip("-n", mine, "link", "set", "lo", "up")
    for index, net in enumerate(("192.0.2", "198.51.100")):
        eth, port = f"eth{index}", f"{host}{index}"
        mac = pair.mac(host) if index == 0 else f"02:00:00:00:01:{number:02x}"
        ip(
            *("-n", mine, "link", "add", eth, "address", mac, "type", "veth"),
            *("peer", "name", port, "netns", bridge),
        )
        ip("-n", bridge, "link", "set", port, "master", f"br{index}", "up")
        ip("-n", mine, "link", "set", eth, "up")
        ip("-n", mine, "address", "add", f"{net}.{number}/24", "dev", eth)
    _sysctl(mine, "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2")
    ip("-n", mine, "address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad")


def _sysctl(netns: str, *settings: str) -> None:
    subprocess.run(
        ["ip", "netns", "exec", netns, "sysctl", "-qw", *settings],
        check=True,
        stdin=subprocess.DEVNULL,
    )


def settle(pair: Pair, files: Files | None = None) -> None:
    """Both agents run, linked; laicoz, which the line of haresources names, holds."""
    pair.write(files or Files())
    pair.start()
    wait_until(pair["laicoz"].holds, "laicoz takes the address it is preferred for")
    for director in pair.directors.values():
        director.ctl("wait", "linked", "--timeout", "5")
        director.ctl("wait", "holder", VIP, "laicoz", "--timeout", "5")

# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The observer: asks the wire for each address every 10 ms and writes down who answers.

It claims no address itself: ARP probes with the sender 0.0.0.0 (RFC 5227), neighbour
solicitations from ``::``. Each run of answers makes one JSON line ``{"address", "mac", "first",
"last", "answers"}``, times in wall seconds as the kernel stamped the frames; the first line tells
the interface, the last what was sent.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from ..core import arp, ndp
from .lifetime import Lifetime, be_prompt
from .runs import Run, Runs

PERIOD_S = 0.01
# asm-generic/socket.h, linux/if_packet.h, linux/filter.h
_SO_ATTACH_FILTER = 26
_SO_TIMESTAMPNS = 35
_SOL_PACKET = 263
_PACKET_ADD_MEMBERSHIP = 1
_PACKET_MR_ALLMULTI = 2
_TIMESPEC = struct.Struct("@ll")
# BPF: IPv6 next header 58 (ICMPv6) and type 136 (advertisement), all else stays in the kernel.
_ADVERTISEMENTS = (
    (0x30, 0, 0, 20),
    (0x15, 0, 3, 58),
    (0x30, 0, 0, 54),
    (0x15, 0, 1, ndp.ADVERTISEMENT),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)


class Wire:
    """A raw socket on one interface for one family of addresses."""

    def __init__(self, interface: str, family: int, addresses: Sequence[str]) -> None:
        """Open the socket (needs CAP_NET_RAW; OSError) and make the probes."""
        self._is_ipv6 = family == 6
        self._ethertype = ndp.ETHERTYPE if self._is_ipv6 else arp.ETHERTYPE
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self._is_ipv6:
            _listen_to_all_nodes(self.socket, interface)
        self.socket.bind((interface, self._ethertype))
        self.mac = arp.mac_text(self.socket.getsockname()[4])
        encode = ndp.encode_solicitation if self._is_ipv6 else arp.encode_probe
        self.probes = {address: encode(self.mac, address) for address in addresses}

    def send(self, address: str) -> bool:
        """Send one probe; False when the kernel could not (interface down, no buffers)."""
        try:
            self.socket.send(self.probes[address])
        except OSError:
            return False
        return True

    def read(self) -> Iterator[tuple[str, str, float]]:
        """Give (address, mac, wall seconds) of each answer that waits."""
        while True:
            try:
                frame, ancillary, _flags, _sender = self.socket.recvmsg(2048, 64)
            except OSError:
                return
            answer = self._decode(frame)
            if answer and answer[0] in self.probes and answer[1] != self.mac:
                yield answer[0], answer[1], _stamp(ancillary)

    def _decode(self, frame: bytes) -> tuple[str, str] | None:
        if self._is_ipv6:
            message = ndp.decode(frame)
            is_answer = message is not None and message.kind == ndp.ADVERTISEMENT
            return (message.target, message.mac) if message and is_answer else None
        packet = arp.decode(frame)
        is_answer = packet is not None and packet.op == arp.REPLY and packet.target_mac == self.mac
        return (packet.sender_ip, packet.sender_mac) if packet and is_answer else None


class Observer:
    """Probes all addresses of one interface by the monotonic clock and writes the runs."""

    def __init__(self, interface: str, addresses: Sequence[str], output: TextIO) -> None:
        """Open the sockets; OSError."""
        by_family: dict[int, list[str]] = {}
        for address in addresses:
            by_family.setdefault(ipaddress.ip_address(address).version, []).append(address)
        self._wires = [Wire(interface, family, some) for family, some in by_family.items()]
        self._output = output
        self._runs = Runs()
        self._sent = 0
        self._unsent = 0
        self._max_late_s = 0.0
        self._write({"t": time.time(), "interface": interface, "mac": self._wires[0].mac})

    def run(self, lifetime: Lifetime, period_s: float = PERIOD_S) -> None:
        """Probe until the lifetime is over, then end all runs."""
        poller = select.poll()
        for wire in self._wires:
            poller.register(wire.socket, select.POLLIN)
        due = time.monotonic()
        while not lifetime.is_over():
            wait_s = due - time.monotonic()
            if wait_s > 0:
                poller.poll(wait_s * 1000)
            self._read()
            now = time.monotonic()
            if now >= due:
                self._probe(now - due)
                due = max(due + period_s, now)
        self._finish()

    def _probe(self, late_s: float) -> None:
        self._max_late_s = max(self._max_late_s, late_s)
        for wire in self._wires:
            for address in wire.probes:
                # Counted before it is sent: the answer may be here before send() returns.
                self._runs.probed(address, time.time())
                is_sent = wire.send(address)
                self._sent += is_sent
                self._unsent += not is_sent
        self._write_runs()

    def _read(self) -> None:
        for wire in self._wires:
            for address, mac, at in wire.read():
                self._runs.answered(address, mac, at)

    def _finish(self) -> None:
        self._read()
        self._runs.end_all()
        self._write_runs()
        late_ms = round(self._max_late_s * 1000, 3)
        numbers = {"probes": self._sent, "unsent": self._unsent, "max_late_ms": late_ms}
        self._write({"t": time.time(), **numbers})

    def _write_runs(self) -> None:
        for run in self._runs.take_ended():
            self._write(_line(run))

    def _write(self, line: dict[str, object]) -> None:
        self._output.write(json.dumps(line) + "\n")
        self._output.flush()


def _line(run: Run) -> dict[str, object]:
    line = asdict(run)
    line["first"], line["last"] = round(run.first, 6), round(run.last, 6)
    return line


def _stamp(ancillary: Sequence[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return float(seconds + nanoseconds / 1e9)
    return time.time()


def _listen_to_all_nodes(handle: socket.socket, interface: str) -> None:
    """Take in multicasts (answers to ``::`` go to all nodes) but only advertisements of them."""
    index = socket.if_nametoindex(interface)
    membership = struct.pack("iHH8s", index, _PACKET_MR_ALLMULTI, 0, b"")
    handle.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, membership)
    attach_filter(handle, _ADVERTISEMENTS)


def attach_filter(handle: socket.socket, program: Sequence[tuple[int, int, int, int]]) -> None:
    """Attach a classic BPF program: (code, jt, jf, k) each."""
    import ctypes  # noqa: PLC0415 - only IPv6 needs it

    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HP", len(program), ctypes.addressof(buffer))
    handle.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, head)


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(prog="observer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--interface", required=True)
    parser.add_argument("--address", nargs="+", required=True, help="virtual addresses")
    parser.add_argument("--output", type=Path, required=True, help="file of JSON lines, appended")
    parser.add_argument("--period-ms", type=float, default=PERIOD_S * 1000)
    parser.add_argument("--lease", type=Path, help="end when this file is gone or stale")
    parser.add_argument("--lease-s", type=float, default=600.0)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the observer; 1 when the interface cannot be used, with one sentence why."""
    options = make_parser().parse_args(arguments)
    lifetime = Lifetime(options.lease, options.lease_s)
    lifetime.catch_signals()
    be_prompt()
    addresses = [str(ipaddress.ip_address(address)) for address in options.address]
    with open(options.output, "a", encoding="utf-8") as output:
        try:
            observer = Observer(options.interface, addresses, output)
        except OSError as error:
            sys.stderr.write(
                f"observer: {options.interface}: {error.strerror}; it must be up, and raw sockets "
                "need root.\n"
            )
            return 1
        observer.run(lifetime, options.period_ms / 1000)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

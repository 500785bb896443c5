# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns which row and address, written down beside the kernel, which keeps no owner.

``/run/lvs/owned.json`` is written under a lock before the kernel is changed, so that whatever a
killed daemon left behind is known to be its own. It is gone after a reboot, as what it names is.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import KernelError, LvsError
from ..core.model import ServiceKey

DEFAULT_PATH = "/run/lvs/owned.json"
_PACKAGE = b"laico_lvs"


@dataclass(frozen=True)
class Owner:
    """A daemon's claim: ``source`` is the file that says what it owns."""

    name: str
    pid: int
    source: str
    keys: tuple[ServiceKey, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Owned:
    """All claims, by owner's name, living or not."""

    services: dict[str, Owner] = field(default_factory=dict)
    addresses: dict[str, Owner] = field(default_factory=dict)


def read(path: str = DEFAULT_PATH) -> Owned:
    """The record; an empty one when there is no file. Raises KernelError when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return _decode(json.load(file))
    except FileNotFoundError:
        return Owned()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KernelError(
            f"{path} cannot be read ({error}): remove it and restart lvs-ldirectord "
            "and lvs-heartbeat, which write it anew."
        ) from error


def claim_services(path: str, owner: str, source: str, keys: Iterable[ServiceKey]) -> None:
    """Replace what ``owner`` owns of the IPVS table, for this process."""
    claim = {"pid": os.getpid(), "source": source, "keys": sorted(map(key_text, keys))}
    _replace(path, "services", owner, claim)


def claim_addresses(path: str, owner: str, source: str, addresses: Iterable[str]) -> None:
    """Replace the addresses (without prefix) that ``owner`` owns, for this process."""
    claim = {"pid": os.getpid(), "source": source, "addresses": sorted(addresses)}
    _replace(path, "addresses", owner, claim)


def owner_of_service(owned: Owned, key: ServiceKey) -> Owner | None:
    """The running daemon that owns the service, if any."""
    return _running(owner for owner in owned.services.values() if key in owner.keys)


def owner_of_address(owned: Owned, address: str) -> Owner | None:
    """The running daemon that owns the address (without prefix), if any."""
    return _running(owner for owner in owned.addresses.values() if address in owner.addresses)


def is_running(owner: Owner) -> bool:
    """Is the daemon that made the claim alive? A reused pid is told by its command line."""
    try:
        with open(f"/proc/{owner.pid}/cmdline", "rb") as file:
            return _PACKAGE in file.read()
    except OSError:
        return False


def key_text(key: ServiceKey) -> str:
    """``tcp 192.0.2.146:80``, ``udp [2001:db8::1]:53``, ``fwmark 7``, ``fwmark 7 ipv6``."""
    if key.fwmark:
        return f"fwmark {key.fwmark} ipv6" if key.family == 6 else f"fwmark {key.fwmark}"
    host = f"[{key.address}]" if key.family == 6 else key.address
    return f"{key.protocol} {host}:{key.port}"


def parse_key(text: str) -> ServiceKey:
    """The inverse of ``key_text``; ValueError when it is none."""
    kind, rest = text.split(" ", 1)
    if kind == "fwmark":
        mark, _space, family = rest.partition(" ")
        return ServiceKey(6 if family == "ipv6" else 4, fwmark=int(mark))
    host, _colon, port = rest.rpartition(":")
    family_number = 6 if host.startswith("[") else 4
    return ServiceKey(family_number, kind, host.strip("[]"), int(port))


def _running(owners: Iterable[Owner]) -> Owner | None:
    return next((owner for owner in owners if is_running(owner)), None)


def _decode(record: dict[str, Any]) -> Owned:
    services = record.get("services", {})
    addresses = record.get("addresses", {})
    return Owned(
        {name: _decode_owner(name, claim) for name, claim in services.items()},
        {name: _decode_owner(name, claim) for name, claim in addresses.items()},
    )


def _decode_owner(name: str, claim: dict[str, Any]) -> Owner:
    keys = tuple(parse_key(text) for text in claim.get("keys", ()))
    addresses = tuple(str(address) for address in claim.get("addresses", ()))
    return Owner(name, int(claim["pid"]), str(claim["source"]), keys, addresses)


def _replace(path: str, part: str, owner: str, claim: dict[str, Any]) -> None:
    try:
        with _locked(path):
            record = _read_record(path)
            record.setdefault(part, {})[owner] = claim
            _write_record(path, record)
    except OSError as error:
        raise KernelError(
            f"{path} cannot be written ({error.strerror}): without this record nothing is changed.",
            error.errno or 0,
        ) from error


def _read_record(path: str) -> dict[str, Any]:
    # A broken record must not keep a daemon from writing a sound one.
    try:
        read(path)
        with open(path, encoding="utf-8") as file:
            record: dict[str, Any] = json.load(file)
            return record
    except (LvsError, FileNotFoundError):
        return {}


@contextmanager
def _locked(path: str) -> Iterator[None]:
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_record(path: str, record: dict[str, Any]) -> None:
    temporary = f"{path}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)

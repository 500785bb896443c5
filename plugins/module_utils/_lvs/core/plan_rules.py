# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of services and destinations go together, as ipvsadm and the kernel have it.

Sources: ``ip_vs_add_dest``, ``ip_vs_add_service`` and ``ip_vs_genl_set_cmd`` in the kernel's
net/netfilter/ipvs/ip_vs_ctl.c, and the checks of ipvsadm(8).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from .errors import ConfigError
from .model import Destination, Service
from .plan_text import dest_words, key_words

_TUNNEL_SETTINGS = frozenset({"tunnel_type", "tunnel_port", "tunnel_flags"})
_REMCSUM = 2  # IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM
MAX_WEIGHT = 65535  # ipvsadm's bound; the kernel's schedulers multiply weights in 32 bits.


def settle_service(service: Service, given: Container[str]) -> Service:
    """Drop what persistence brought along when persistence itself is switched off."""
    if service.persistence_timeout_s is not None:
        return service
    if "persistence_netmask" not in given:
        service = replace(service, persistence_netmask=None)
    if "persistence_engine" not in given:
        service = replace(service, persistence_engine="")
    return service


def check_service(service: Service) -> None:
    """Raise ConfigError with one sentence for settings that contradict each other."""
    key = service.key
    where = f"service {key_words(key)}"
    if service.one_packet and key.protocol in ("tcp", "sctp"):
        raise ConfigError(
            f"{where}: one_packet works on UDP and firewall marks only: leave it out."
        )
    if service.persistence_timeout_s is not None:
        return
    if service.persistence_netmask is not None:
        raise ConfigError(f"{where}: persistence_netmask needs a persistence_timeout above 0.")
    if service.persistence_engine:
        raise ConfigError(f"{where}: persistence_engine needs a persistence_timeout above 0.")
    if not key.fwmark and not key.port:
        raise ConfigError(
            f"{where}: port 0 (all ports) needs persistence: set persistence_timeout, "
            "or name a port."
        )


def settle_destination(dest: Destination, given: Container[str]) -> Destination:
    """Drop tunnel settings that are left over from an earlier forwarding method or tunnel type."""
    usual = Destination(dest.key)
    left_over = {
        name: getattr(usual, name)
        for name in _TUNNEL_SETTINGS - _settings_in_use(dest)
        if name not in given
    }
    return replace(dest, **left_over)


def _settings_in_use(dest: Destination) -> frozenset[str]:
    if dest.forward != "tunnel":
        return frozenset()
    if dest.tunnel_type == "gre" and dest.tunnel_flags != _REMCSUM:
        return frozenset({"tunnel_type", "tunnel_flags"})
    return _TUNNEL_SETTINGS if dest.tunnel_type == "gue" else frozenset({"tunnel_type"})


def check_destination(service: Service, dest: Destination) -> None:
    """Raise ConfigError with one sentence for what IPVS refuses or silently does otherwise."""
    where = f"destination {dest_words(dest.key)} of {key_words(service.key)}"
    _check_numbers(where, dest)
    _check_forward(where, service, dest)
    _check_tunnel(where, dest)


def _check_numbers(where: str, dest: Destination) -> None:
    if not 0 <= dest.weight <= MAX_WEIGHT:
        raise ConfigError(f"{where}: weight {dest.weight} is not within 0 and {MAX_WEIGHT}.")
    if dest.upper_threshold and dest.lower_threshold > dest.upper_threshold:
        raise ConfigError(
            f"{where}: lower_threshold {dest.lower_threshold} is above "
            f"upper_threshold {dest.upper_threshold}."
        )
    if dest.lower_threshold and not dest.upper_threshold:
        raise ConfigError(f"{where}: lower_threshold needs an upper_threshold above it.")


def _check_forward(where: str, service: Service, dest: Destination) -> None:
    key = service.key
    if dest.forward in ("direct", "tunnel") and not key.fwmark and dest.key.port != key.port:
        raise ConfigError(
            f"{where}: {dest.forward} forwarding does not change the port, so destination_port "
            f"must be {key.port}: leave it out, or use masquerade."
        )
    family = 6 if ":" in dest.key.address else 4
    if family != key.family and dest.forward != "tunnel":
        raise ConfigError(
            f"{where}: an IPv{family} destination of an IPv{key.family} service "
            "needs forward tunnel."
        )


def _check_tunnel(where: str, dest: Destination) -> None:
    has_port, has_flags = bool(dest.tunnel_port), bool(dest.tunnel_flags)
    if dest.forward != "tunnel":
        if dest.tunnel_type != "ipip" or has_port or has_flags:
            raise ConfigError(f"{where}: tunnel_* options need forward tunnel.")
    elif has_port != (dest.tunnel_type == "gue"):
        if has_port:
            raise ConfigError(f"{where}: tunnel_port is for tunnel_type gue only.")
        raise ConfigError(f"{where}: tunnel_type gue needs a tunnel_port.")
    elif dest.tunnel_type == "ipip" and has_flags:
        raise ConfigError(f"{where}: tunnel_flags are for tunnel_type gue and gre only.")
    elif dest.tunnel_type == "gre" and dest.tunnel_flags == _REMCSUM:
        raise ConfigError(f"{where}: tunnel_flags remcsum is for tunnel_type gue only.")

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
        if name not in given and getattr(dest, name) != getattr(usual, name)
    }
    return replace(dest, **left_over) if left_over else dest


def _settings_in_use(dest: Destination) -> frozenset[str]:
    if dest.forward != "tunnel":
        return frozenset()
    if dest.tunnel_type == "gre" and dest.tunnel_flags != _REMCSUM:
        return frozenset({"tunnel_type", "tunnel_flags"})
    return _TUNNEL_SETTINGS if dest.tunnel_type == "gue" else frozenset({"tunnel_type"})


def check_destination(service: Service, dest: Destination) -> None:
    """Raise ConfigError with one sentence for what IPVS refuses or silently does otherwise."""
    fault = _fault_of_numbers(dest) or _fault_of_forward(service, dest) or _fault_of_tunnel(dest)
    if fault:
        where = f"destination {dest_words(dest.key)} of {key_words(service.key)}"
        raise ConfigError(f"{where}: {fault}")


def _fault_of_numbers(dest: Destination) -> str:
    if not 0 <= dest.weight <= MAX_WEIGHT:
        return f"weight {dest.weight} is not within 0 and {MAX_WEIGHT}."
    if dest.lower_threshold and not dest.upper_threshold:
        return "lower_threshold needs an upper_threshold above it."
    if dest.lower_threshold > dest.upper_threshold:
        return (
            f"lower_threshold {dest.lower_threshold} is above "
            f"upper_threshold {dest.upper_threshold}."
        )
    return ""


def _fault_of_forward(service: Service, dest: Destination) -> str:
    key = service.key
    if dest.key.port != key.port and not key.fwmark and dest.forward in ("direct", "tunnel"):
        return (
            f"{dest.forward} forwarding does not change the port, so destination_port "
            f"must be {key.port}: leave it out, or use masquerade."
        )
    family = 6 if ":" in dest.key.address else 4
    if family != key.family and dest.forward != "tunnel":
        return f"an IPv{family} destination of an IPv{key.family} service needs forward tunnel."
    return ""


def _fault_of_tunnel(dest: Destination) -> str:
    has_port, has_flags = bool(dest.tunnel_port), bool(dest.tunnel_flags)
    if dest.forward != "tunnel":
        is_plain = dest.tunnel_type == "ipip" and not has_port and not has_flags
        return "" if is_plain else "tunnel_* options need forward tunnel."
    if has_port and dest.tunnel_type != "gue":
        return "tunnel_port is for tunnel_type gue only."
    if dest.tunnel_type == "gue" and not has_port:
        return "tunnel_type gue needs a tunnel_port."
    if dest.tunnel_type == "ipip" and has_flags:
        return "tunnel_flags are for tunnel_type gue and gre only."
    if dest.tunnel_type == "gre" and dest.tunnel_flags == _REMCSUM:
        return "tunnel_flags remcsum is for tunnel_type gue only."
    return ""

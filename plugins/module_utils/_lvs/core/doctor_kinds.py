# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of findings: how bad each is, and what site.yml does about it before it begins.

docs/reference/findings.md has one section for each; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

PAGE = "docs/reference/findings.md"
ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
# In preflight: refused or shown by it; silent where the roles cure it, or preflight says it itself.
REFUSED, SHOWN, SILENT = "refused", "shown", "silent"


class Kind(NamedTuple):
    """``preflight`` is what site.yml does with it."""

    severity: str
    preflight: str


KINDS = {
    "agent-silent": Kind(ERROR, SILENT),
    "arp-announce": Kind(ERROR, SILENT),
    "arp-ignore": Kind(ERROR, SILENT),
    "config-differs": Kind(ERROR, SILENT),
    "conn-reuse-mode": Kind(NOTE, SILENT),
    "dad-failed": Kind(ERROR, REFUSED),
    "expire-nodest-conn": Kind(NOTE, SILENT),
    "interface-down": Kind(ERROR, SILENT),
    "interface-missing": Kind(ERROR, SILENT),
    "ipv6-off": Kind(ERROR, REFUSED),
    "ipvs-missing": Kind(ERROR, REFUSED),
    "ipvs-not-loaded": Kind(ERROR, SILENT),
    "link-silent": Kind(WARNING, SILENT),
    "mtu-differs": Kind(WARNING, SHOWN),
    "networkd-drops-addresses": Kind(WARNING, SHOWN),
    "nothing-listens": Kind(ERROR, SHOWN),
    "port-differs": Kind(ERROR, REFUSED),
    "promote-secondaries": Kind(WARNING, SILENT),
    "role-unknown": Kind(NOTE, SILENT),
    "rp-filter": Kind(WARNING, SHOWN),
    "scheduler-missing": Kind(ERROR, REFUSED),
    "tunnel-mtu": Kind(WARNING, SHOWN),
    "unreadable": Kind(WARNING, SHOWN),
    "vip-answered-by-realserver": Kind(ERROR, SILENT),
    "vip-answered-by-stranger": Kind(ERROR, SILENT),
    "vip-held-twice": Kind(ERROR, SILENT),
    "vip-missing": Kind(ERROR, SILENT),
    "vip-on-lan": Kind(ERROR, REFUSED),
    "vip-too-wide": Kind(ERROR, REFUSED),
}


@dataclass(frozen=True)
class Finding:
    """``sentence`` says what and where, ``cure`` what to do next."""

    id: str
    sentence: str
    cure: str

    @property
    def kind(self) -> Kind:
        """How bad it is."""
        return KINDS[self.id]

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.sentence} {self.cure}"

    def values(self) -> dict[str, str]:
        """As the module returns it."""
        return {
            "id": self.id,
            "severity": self.kind.severity,
            "sentence": self.sentence,
            "cure": self.cure,
            "page": f"{PAGE}#{self.id}",
        }


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Each once, errors before warnings before notes, by id within them."""
    unique = dict.fromkeys(findings)
    return sorted(
        unique, key=lambda each: (SEVERITIES.index(each.kind.severity), each.id, each.sentence)
    )

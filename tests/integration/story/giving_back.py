# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All of a host that the roles could change, as text: before the first of them, after the last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.integration.story.cluster import Cluster

# The web page of the demonstration is a play of the lab, not a role's: nginx is left out.
WHOLE = r"""
cd /
{ find etc usr/local run/lvs var/lib/lvs -xdev -printf '%p %y %m %u:%g %l\n' 2>/dev/null
  find etc usr/local -xdev -type f -exec cksum {} + 2>/dev/null
  systemctl list-unit-files --no-legend --plain | awk '{print "unit", $1, $2}'; } | grep -v nginx |
  grep -vx "run/lvs d $([ ! -e run/lvs/nginx.service.applied.json ] || echo '755 root:root ')"
systemctl list-units --all --no-legend --plain 'lvs-*'
ip -o address show | sed -e 's/ valid_lft.*//' -e 's/ *\\$//' | sort
ip route show table all | grep -v ' proto ra ' | sort
sysctl -e net.ipv4.conf net.ipv4.vs net.ipv4.ip_forward 2>/dev/null | sort
cut -d' ' -f1 /proc/modules | sort | sed 's/^/module /'
[ ! -e /proc/net/ip_vs ] || ipvsadm -Sn
dpkg-query -W
"""
# What stood on the hosts before: an old cluster's file, a setting of the operator's own.
OLD_FILE = "/etc/ha.d/haresources"
PLANT = {
    "laicoz": f"mkdir -p /etc/ha.d; echo 'old old' >{OLD_FILE}; chmod 0640 {OLD_FILE}",
    "laico2": "sysctl -qw net.ipv4.conf.all.arp_announce=1",
}


def plant(cluster: Cluster) -> None:
    for host, script in PLANT.items():
        cluster.run(host, script)


def whole(cluster: Cluster) -> dict[str, list[str]]:
    """Host -> lines; all hosts at once."""
    with ThreadPoolExecutor() as pool:
        texts = pool.map(lambda host: cluster.run(host, WHOLE), cluster.hosts)
        return {host: text.splitlines() for host, text in zip(cluster.hosts, texts, strict=True)}


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """Host -> lines that went (-) and came (+)."""
    found = {}
    for host, lines in before.items():
        gone = [f"-{line}" for line in sorted(set(lines) - set(after[host]))]
        come = [f"+{line}" for line in sorted(set(after[host]) - set(lines))]
        if gone or come:
            found[host] = gone + come
    return found


def told(output: str) -> list[str]:
    """What a run with --diff says that it changed, each place once for each host."""
    return sorted(line for line in output.splitlines() if line.startswith("--- before: "))

#!/bin/sh
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs inside the new root file system as its root, after the ordinary customize.sh.
set -eu

# A kernel of user mode has no nftables for ip: dockerd would fail at its first rule.
update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
systemctl disable --quiet docker.socket
systemctl enable --quiet containerd.service docker.service

#!/bin/sh
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs inside the new root file system as its root: a boot without what a container has no use for.
# Kept on purpose, since roles rely on them as on any host: systemd-modules-load, systemd-sysctl,
# journald, dbus, multi-user.target.
set -eu
systemctl mask --quiet \
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-logind.service systemd-networkd.service \
    systemd-timesyncd.service systemd-random-seed.service systemd-firstboot.service \
    systemd-update-utmp.service systemd-remount-fs.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    fstrim.timer systemd-tmpfiles-clean.timer getty.target console-getty.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
systemctl disable --quiet nginx.service
systemctl set-default --quiet multi-user.target
: > /etc/machine-id
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /usr/share/doc/* /usr/share/man/* \
    /usr/share/locale/* /usr/share/info/*

#!/bin/sh
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs inside the new root file system as its root: modules, services, a lean boot.
set -eu
version=$1

depmod "$version"

# A boot without what a kernel in a process has no use for. Kept on purpose, since roles rely on
# them as on any host: systemd-modules-load, systemd-sysctl, journald, dbus, multi-user.target.
systemctl mask --quiet \
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-udev-settle.service systemd-hwdb-update.service \
    systemd-logind.service systemd-user-sessions.service systemd-networkd.service \
    systemd-timesyncd.service systemd-pstore.service systemd-random-seed.service \
    systemd-binfmt.service systemd-firstboot.service systemd-sysusers.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service systemd-machine-id-commit.service \
    systemd-ask-password-console.path systemd-ask-password-wall.path \
    systemd-initctl.socket systemd-remount-fs.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer \
    getty.target console-getty.service getty-static.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
    modprobe@.service
systemctl disable --quiet nginx.service
systemctl enable --quiet lab-identity.service ssh.service
systemctl set-default --quiet multi-user.target

# One quick host key instead of three slow ones; all guests share it, as they share the image.
rm -f /etc/ssh/ssh_host_rsa_key* /etc/ssh/ssh_host_ecdsa_key*
echo 'HostKey /etc/ssh/ssh_host_ed25519_key' >> /etc/ssh/sshd_config.d/lab.conf
chmod 0700 /root/.ssh
chmod 0600 /root/.ssh/authorized_keys

mkdir -p /var/log/journal
echo bare > /etc/hostname
# Every guest makes its own machine id at its first boot.
: > /etc/machine-id
# No name server: a name that does not resolve fails at once.
rm -f /etc/resolv.conf
: > /etc/resolv.conf
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /usr/share/doc/* /usr/share/man/* \
    /usr/share/locale/* /usr/share/info/*

#!/bin/sh
# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Turns the root file system's tar into an ext4 disc: disc.sh TAR DISC SIZE.
# Runs as root, or as a user namespace's root, so that owners come out right.
set -eu
tar=$1
disc=$2
size=$3
tree=$(mktemp -d "$disc.XXXXXX")
trap 'rm -rf -- "$tree"' EXIT INT TERM
# /dev is a devtmpfs in the guest; a user namespace may not make device nodes.
tar --extract --file "$tar" --directory "$tree" --numeric-owner --same-permissions \
    --xattrs --xattrs-include='*' --exclude './dev/*'
mke2fs -q -t ext4 -L lab -d "$tree" -E lazy_itable_init=1,lazy_journal_init=1 "$disc" "$size"

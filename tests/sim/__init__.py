# Copyright (c) 2026, the laico.lvs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator: clusters of sans-IO cores on virtual time, and a judge."""

from __future__ import annotations

from tests.unit.conftest import make_collection_importable

make_collection_importable()

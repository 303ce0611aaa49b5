"""Grace and expiry alone (L3.4, L3.5)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

grace = business_flow("grace")

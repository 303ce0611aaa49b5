"""Freezes and resumptions alone (L4)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

freezes = business_flow("freezes")

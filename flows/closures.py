"""Closing alone (L5)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

closures = business_flow("closures")

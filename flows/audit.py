"""The audit alone: it changes nothing and may run for any date."""

from __future__ import annotations

from flows.prefect_flow import business_flow

audit = business_flow("audit")

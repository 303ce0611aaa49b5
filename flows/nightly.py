"""The whole business day, missed days first (L1.6, L1.7)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

nightly = business_flow("nightly")

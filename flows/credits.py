"""Credits alone: grants, charges, usages, expiry (L7.2 to L7.4)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

credits = business_flow("credits")

"""Loyalty points alone: redemption, earning, expiry (L7.4 to L7.6)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

points = business_flow("points")

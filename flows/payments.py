"""Payments and refunds alone (L6.2, L6.4)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

payments = business_flow("payments")

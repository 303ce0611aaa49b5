"""Activations and automatic renewals alone (L3.1, L3.6)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

renewals = business_flow("renewals")

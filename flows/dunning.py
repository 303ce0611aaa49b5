"""Dunning alone (L8), then unapplied credit."""

from __future__ import annotations

from flows.prefect_flow import business_flow

dunning = business_flow("dunning")

"""Reminders alone (L9)."""

from __future__ import annotations

from flows.prefect_flow import business_flow

reminders = business_flow("reminders")

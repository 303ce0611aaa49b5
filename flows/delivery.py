"""Delivery alone: it changes nothing that a business day decides, and may run for any date."""

from __future__ import annotations

from flows.prefect_flow import business_flow

delivery = business_flow("delivery")

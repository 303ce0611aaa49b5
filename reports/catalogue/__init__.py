"""The catalogue: one file a report, in the order in which the site shows them."""

from __future__ import annotations

from reports.catalogue import (
    aging,
    churn,
    closures,
    cohorts,
    credits,
    dashboard,
    deferred_revenue,
    memberships,
    memberships_by_customer,
    memberships_by_plan,
    mrr,
    new_and_expired,
    outstanding,
    payment_record,
    payments,
    points,
    points_by_source,
    purchases,
    renewal_rate,
    revenue,
    statements,
)
from reports.report import Report

_FILES = (
    dashboard,
    memberships,
    memberships_by_plan,
    memberships_by_customer,
    new_and_expired,
    renewal_rate,
    churn,
    cohorts,
    closures,
    revenue,
    mrr,
    deferred_revenue,
    purchases,
    payments,
    outstanding,
    aging,
    payment_record,
    statements,
    credits,
    points,
    points_by_source,
)
REPORTS: tuple[Report, ...] = tuple(file.REPORT for file in _FILES)
BY_NAME = {report.name: report for report in REPORTS}

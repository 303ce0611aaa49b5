"""The catalogue: one file a report, in the order in which the site shows them."""

from __future__ import annotations

from reports.catalogue import aging
from reports.report import Report

REPORTS: tuple[Report, ...] = (aging.REPORT,)
BY_NAME = {report.name: report for report in REPORTS}

"""The rule book of the lifecycle, read slowly: what the SQL is compared with, row for row.

Plain loops over dataclasses, no database. `day.decide` lists the stages of a business day (L1.6);
`files.read_folder` reads the intake, `random_files` invents one, `Oracle.rows` shows the views.
"""

from .day import Oracle
from .files import COLUMNS, Files, Row, read_folder, write_folder
from .views import VIEWS

__all__ = ["COLUMNS", "VIEWS", "Files", "Oracle", "Row", "read_folder", "write_folder"]

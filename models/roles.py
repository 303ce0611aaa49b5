"""Who may do what in the store: the owner migrates it, a runner works in it, an analyst reads what is published."""

from __future__ import annotations

from models.metadata import SCHEMA
from models.views import REPORTING

RUNNER, ANALYST = "tajdid_runner", "tajdid_analyst"
"""Roles of the whole server that nobody logs in as: grant them to the roles of programs and people."""

_GRANTS = (
    f"GRANT USAGE ON SCHEMA {SCHEMA}, {REPORTING} TO {RUNNER}",
    f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {SCHEMA} TO {RUNNER}",
    # The rows of the store that are ever deleted: a notice whose run was undone, what was claimed and then taken.
    f"GRANT DELETE ON {SCHEMA}.notices, {SCHEMA}.number_claims TO {RUNNER}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA {REPORTING} TO {RUNNER}",
    f"GRANT USAGE ON SCHEMA {REPORTING} TO {ANALYST}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA {REPORTING} TO {ANALYST}",
)


def grant_statement() -> str:
    """One statement that makes the roles, where the owner may, and grants them what they need.

    Where the owner may make no roles and nobody has made them, the store has its owner alone.
    """
    grants = "\n".join(f"        EXECUTE '{grant}';" for grant in _GRANTS)
    return f"""
DO $grant$
BEGIN
    IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN CREATE ROLE {RUNNER} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
        BEGIN CREATE ROLE {ANALYST} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
    END IF;
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('{RUNNER}', '{ANALYST}')) = 2 THEN
{grants}
    END IF;
END
$grant$"""

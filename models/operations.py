"""The ledger of work: runs, their steps, loaded files and rejects (L1.7, L1.8).

A run is one pass of a flow over one business date. Its steps are recorded by the transaction that did their work, so
a pass that was killed is taken up exactly where it stopped, by whoever comes next.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import SCHEMA, Id, metadata, one_of, required

UNDO = "undo"
"""The flow of a run that undoes another."""
STATELESS_FLOWS = ("audit", "reports", "delivery")
"""Flows that may be run for any day, because they change no business state (L1.8)."""
UNDONE = "undone"
"""The state of a run that was undone; and, in place of a rule number: no rule decided it, a person did."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("flow", sa.Text),
    required("as_of", sa.Date),
    sa.Column("parent_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.runs.run_id"), comment="the nightly it belongs to"),
    required("state", sa.Text, server_default="running"),
    required("attempts", sa.Integer, server_default="1"),
    required("started_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text),
    sa.Column("shards", postgresql.JSONB, comment="the ids at which this pass splits its members, by kind of id"),
    sa.Column("reason", sa.Text, comment="why a person started it, where one has to say"),
    sa.Column("undone_by", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.runs.run_id"), comment="the run that undid it"),
    one_of("state", "running", "completed", "failed", "undone"),
    sa.CheckConstraint("(state = 'undone') = (undone_by IS NOT NULL)", name="undone_by_a_run"),
    sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_with_instant"),
)
unfinished = runs.c.state.in_(("running", "failed"))
# Who starts the same pass again joins it instead of opening a second one.
sa.Index(
    "uq_runs_unfinished",
    runs.c.flow,
    runs.c.as_of,
    sa.func.coalesce(runs.c.parent_id, 0),
    unique=True,
    postgresql_where=unfinished,
)
sa.Index("ix_runs_parent_id", runs.c.parent_id)
sa.Index("ix_runs_flow_as_of", runs.c.flow, runs.c.as_of.desc())
sa.Index("ix_runs_as_of", runs.c.as_of)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.runs.run_id"), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("shard", sa.Text, primary_key=True, comment="which part of how many, '1/1' for all of it"),
    required("counts", postgresql.JSONB),
    required("money", postgresql.JSONB, comment="currency -> what -> amount in major units, as text"),
    required("started_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    required("finished_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    comment="What each step of a run did, zero included; written by the step's own transaction",
)

number_claims = sa.Table(
    "number_claims",
    metadata,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("part", sa.SmallInteger, primary_key=True, autoincrement=False),
    required("taken", postgresql.JSONB, comment="how many numbers, by company"),
    comment="What parts of a step at work at once have claimed of the invoice series and not yet taken",
)

undo_refusals = sa.Table(
    "undo_refusals",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.runs.run_id"), primary_key=True),
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("record", Id, primary_key=True),
    required("reason", sa.Text),
    required("message", sa.Text),
    comment="What the undoing of a run left as it is, and why; run_id is the run that undid",
)

intake_files = sa.Table(
    "intake_files",
    metadata,
    sa.Column("file_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("sha256", sa.Text),
    required("name", sa.Text),
    required("entity", sa.Text),
    required("loaded", sa.BigInteger),
    required("unchanged", sa.BigInteger),
    required("rejected", sa.BigInteger),
    required("loaded_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
)
sa.Index("ix_intake_files_sha256", intake_files.c.sha256)

inbox_files = sa.Table(
    "inbox_files",
    metadata,
    sa.Column("version", Id, primary_key=True, comment="of the file, as its file system tells it"),
    required("name", sa.Text),
    sa.Column("refused", sa.Text, comment="why nothing of it could be loaded"),
    required("seen_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    comment="The files of the inbox that were looked at: each version once",
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("reject_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("stage", sa.Text),
    required("entity", sa.Text),
    sa.Column("record", Id),
    required("reason", sa.Text),
    required("message", sa.Text),
    sa.Column("file", sa.Text),
    sa.Column("sha256", sa.Text),
    sa.Column("line", sa.BigInteger),
    sa.Column("content", postgresql.JSONB, comment="the row as it came, so that nothing is lost"),
    required("on_date", sa.Date),
    required("rejected_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("run_id", sa.BigInteger),
    one_of("stage", "intake", "apply"),
)
# The same bad row of the same file is one reject, however often it is loaded …
sa.Index(
    "uq_rejects_intake",
    rejects.c.sha256,
    rejects.c.line,
    rejects.c.reason,
    unique=True,
    postgresql_where=rejects.c.stage == "intake",
)
# … and a request is refused once.
sa.Index(
    "uq_rejects_apply",
    rejects.c.entity,
    rejects.c.record,
    unique=True,
    postgresql_where=rejects.c.stage == "apply",
)

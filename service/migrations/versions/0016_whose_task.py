"""Whose task it is, how it was decided, and the views of the inbox that people keep."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXTS = {
    "outcome": sa.Text(),
    "outcome_label": sa.Text(),
    "assigned_post": sa.String(length=40),
    "assigned_position": sa.String(length=200),
    "delegated_post": sa.String(length=40),
    "delegated_position": sa.String(length=200),
    "delegation_note": sa.Text(),
}
OTHERS: dict[str, sa.Uuid[UUID] | sa.DateTime] = {
    "assignee": sa.Uuid(),
    "assigned_at": sa.DateTime(timezone=True),
    "delegated_by": sa.Uuid(),
}
TAKEN = sa.text("ended_at IS NULL AND assignee IS NOT NULL")


def upgrade() -> None:
    """Bring the tables forward."""
    for name, kind in TEXTS.items():
        op.add_column("task", sa.Column(name, kind, server_default="", nullable=False))
    for name, other in OTHERS.items():
        op.add_column("task", sa.Column(name, other, nullable=True))
    op.create_index(
        "ix_task_tenant_id_assignee",
        "task",
        ["tenant_id", "assignee"],
        sqlite_where=TAKEN,
        postgresql_where=TAKEN,
    )
    op.create_table(
        "saved_filter",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("tenant_id", "person_id", "name", name=op.f("uq_saved_filter_tenant_id_person_id_name")),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("saved_filter")
    op.drop_index("ix_task_tenant_id_assignee", "task")
    for name in (*OTHERS, *TEXTS):
        op.drop_column("task", name)

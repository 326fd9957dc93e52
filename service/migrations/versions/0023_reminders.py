"""Offices settle what people are told of due dates, and what was told is remembered."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment, String, Whole

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; nothing was told before."""
    op.add_column("office", sa.Column("reminded_at", Moment(), nullable=True))
    op.create_table(
        "reminder_rule",
        sa.Column("tenant_id", String(length=40), nullable=False),
        sa.Column("process_key", String(length=128), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("ahead", Whole(), nullable=False),
        sa.Column("ahead_unit", String(length=10), nullable=False),
        sa.Column("when_late", sa.Boolean(), nullable=False),
        sa.Column("repeat_every", Whole(), nullable=False),
        sa.Column("repeat_times", Whole(), nullable=False),
        sa.Column("escalate_after", Whole(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "process_key", name=op.f("pk_reminder_rule")),
    )
    op.create_table(
        "reminder",
        sa.Column("tenant_id", String(length=40), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("track", String(length=20), nullable=False),
        sa.Column("stage", Whole(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"], ["task.tenant_id", "task.id"], name=op.f("fk_reminder_tenant_id_task_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "task_id", "due_at", "track", "stage", name=op.f("pk_reminder")),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("reminder")
    op.drop_table("reminder_rule")
    op.drop_column("office", "reminded_at")

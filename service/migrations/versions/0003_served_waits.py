"""Waits that are served: what starts a case by itself, where a message goes, priorities of tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "start_trigger",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("process_key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_left", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "process_key", name=op.f("pk_start_trigger")),
    )
    with op.batch_alter_table("start_trigger") as batch_op:
        batch_op.create_index("ix_start_trigger_tenant_id_kind_due_at", ["tenant_id", "kind", "due_at"])
        batch_op.create_index("ix_start_trigger_tenant_id_kind_name", ["tenant_id", "kind", "name"])
    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.add_column(sa.Column("target_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("instance_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.drop_column("receivers")
    with op.batch_alter_table("instance") as batch_op:
        batch_op.alter_column("started_by", existing_type=sa.Uuid(), nullable=True)
    with op.batch_alter_table("task") as batch_op:
        batch_op.add_column(sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="50"))
        batch_op.drop_index("ix_task_tenant_id_instance_id")
        batch_op.create_index("ix_task_tenant_id_instance_id_status", ["tenant_id", "instance_id", "status"])
        batch_op.create_index(
            "ix_task_tenant_id_instance_id_element_unit_round",
            ["tenant_id", "instance_id", "element", "unit", "round"],
        )
    with op.batch_alter_table("waiting") as batch_op:
        batch_op.add_column(sa.Column("incident_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("waiting") as batch_op:
        batch_op.drop_column("incident_id")
    with op.batch_alter_table("task") as batch_op:
        batch_op.drop_index("ix_task_tenant_id_instance_id_element_unit_round")
        batch_op.drop_index("ix_task_tenant_id_instance_id_status")
        batch_op.create_index("ix_task_tenant_id_instance_id", ["tenant_id", "instance_id"])
        batch_op.drop_column("priority")
        batch_op.drop_column("follow_up_at")
    with op.batch_alter_table("instance") as batch_op:
        batch_op.alter_column("started_by", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("dispatch") as batch_op:
        batch_op.add_column(sa.Column("receivers", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column("instance_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("tried_at")
        batch_op.drop_column("target_id")
    op.drop_table("start_trigger")

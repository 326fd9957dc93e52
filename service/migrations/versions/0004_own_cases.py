"""What somebody started or worked on is found by him, not by reading the whole office."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_index("ix_task_tenant_id_ended_by_instance_id", "task", ["tenant_id", "ended_by", "instance_id"])
    op.create_index("ix_instance_tenant_id_started_by", "instance", ["tenant_id", "started_by"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index("ix_instance_tenant_id_started_by", "instance")
    op.drop_index("ix_task_tenant_id_ended_by_instance_id", "task")

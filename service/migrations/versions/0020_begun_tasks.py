"""Tasks remember when somebody first acted on them, and completed ones are found by their process."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COMPLETED = sa.text("status = 'completed'")
BEGUN = """
UPDATE task SET begun_at = coalesce((
  SELECT min(at) FROM history
  WHERE tenant_id = task.tenant_id AND instance_id = task.instance_id AND task_id = task.id AND kind = 'claimed'
), ended_at)
WHERE status = 'completed' OR (status = 'open' AND assignee IS NOT NULL)
"""
INDEX = "ix_task_tenant_id_process_key_ended_at"


def upgrade() -> None:
    """Bring the tables forward; of earlier drafts nothing is known, of who took a task everything."""
    op.add_column("task", sa.Column("begun_at", Moment(), nullable=True))
    op.execute(BEGUN)
    columns = ["tenant_id", "process_key", "ended_at"]
    op.create_index(INDEX, "task", columns, sqlite_where=COMPLETED, postgresql_where=COMPLETED)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(INDEX, "task")
    op.drop_column("task", "begun_at")

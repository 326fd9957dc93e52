"""Sessions know the key before: whoever proves himself gets another, and its answer may get lost on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Know it from now on."""
    op.add_column("session", sa.Column("previous_id", sa.String(64)))
    op.create_index("ix_session_previous_id", "session", ["previous_id"])


def downgrade() -> None:
    """Forget it."""
    op.drop_index("ix_session_previous_id", "session")
    op.drop_column("session", "previous_id")

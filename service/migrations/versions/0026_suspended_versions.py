"""Versions of a process that nobody starts for a while."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; no version there is suspended."""
    op.add_column("definition", sa.Column("suspended_at", Moment()))
    op.add_column("definition", sa.Column("suspended_by", sa.String(200), nullable=False, server_default=""))
    op.add_column("definition", sa.Column("suspension", sa.Text(), nullable=False, server_default=""))
    op.add_column("start_trigger", sa.Column("is_suspended", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("start_trigger", "is_suspended")
    for name in ("suspension", "suspended_by", "suspended_at"):
        op.drop_column("definition", name)

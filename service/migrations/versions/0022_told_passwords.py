"""People remember that somebody else knows their password; of earlier ones nobody knows, so these stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("person", sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("person", "must_change_password")

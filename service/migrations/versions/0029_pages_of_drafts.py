"""Drafts say which page saved them: another one that has not seen them does not replace them."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note it from now on; of the drafts that are there no page is known."""
    op.add_column("draft", sa.Column("saved_by_page", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("draft", "saved_by_page")

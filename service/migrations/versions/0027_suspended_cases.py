"""Cases are suspended and continued."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SUSPENDED = sa.text("suspended_at IS NOT NULL")
INDEX = "ix_instance_suspended"


def upgrade() -> None:
    """Bring the tables forward; no case there is suspended."""
    op.add_column("instance", sa.Column("suspended_at", Moment(), nullable=True))
    op.add_column("instance", sa.Column("suspended_by", sa.String(200), nullable=False, server_default=""))
    op.add_column("instance", sa.Column("suspension", sa.Text(), nullable=False, server_default=""))
    columns = ["tenant_id", "id"]
    op.create_index(INDEX, "instance", columns, sqlite_where=SUSPENDED, postgresql_where=SUSPENDED)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(INDEX, "instance")
    for name in ("suspension", "suspended_by", "suspended_at"):
        op.drop_column("instance", name)

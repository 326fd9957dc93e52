"""External tasks are taken by one worker at a time, for a while, and may fail some times before they rest."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment, Whole

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEX = "ix_waiting_tenant_id_name_free_at"
OFFERED = sa.text("kind = 'external' AND incident_id IS NULL")


def upgrade() -> None:
    """Bring the tables forward; what waits now may be taken at once."""
    op.add_column("waiting", sa.Column("free_at", Moment(), nullable=True))
    op.add_column("waiting", sa.Column("worker", sa.String(200), nullable=False, server_default=""))
    op.add_column("waiting", sa.Column("retries", Whole(), nullable=True))
    op.add_column("waiting", sa.Column("error", sa.Text(), nullable=False, server_default=""))
    op.add_column("waiting", sa.Column("error_details", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE waiting SET free_at = since WHERE kind = 'external'")
    columns = ["tenant_id", "name", "free_at", "id"]
    op.create_index(INDEX, "waiting", columns, sqlite_where=OFFERED, postgresql_where=OFFERED)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(INDEX, "waiting")
    for column in ("error_details", "error", "retries", "worker", "free_at"):
        op.drop_column("waiting", column)

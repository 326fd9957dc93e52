"""Cases remember their number in a program outside."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

KEYED = sa.text("business_key <> ''")
INDEX = "ix_instance_tenant_id_business_key"


def upgrade() -> None:
    """Bring the tables forward; the cases there were have none."""
    op.add_column("instance", sa.Column("business_key", sa.String(300), nullable=False, server_default=""))
    columns = ["tenant_id", "business_key"]
    op.create_index(INDEX, "instance", columns, sqlite_where=KEYED, postgresql_where=KEYED)


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(INDEX, "instance")
    op.drop_column("instance", "business_key")

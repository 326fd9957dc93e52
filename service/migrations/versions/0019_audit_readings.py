"""What auditors look at is written down."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "audit_reading",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("decree", sa.String(length=100), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_reading"),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("audit_reading")

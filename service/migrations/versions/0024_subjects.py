"""People for whom a provider vouches."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "subject",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_subject"),
        sa.UniqueConstraint("person_id", "issuer", name="uq_subject_person_id_issuer"),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("subject")

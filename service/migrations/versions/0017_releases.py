"""New versions may wait until a second person releases them."""

import sqlalchemy as sa
from alembic import op

from service.columns import Moment, Text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
ADDED = (
    ("deployer_id", sa.Uuid(), None),
    ("released_at", Moment(), None),
    ("released_by", sa.String(length=200), ""),
    ("refused_at", Moment(), None),
    ("refused_by", sa.String(length=200), ""),
    ("refusal", Text(), ""),
)


def upgrade() -> None:
    """Bring the tables forward; what was deployed before is in force."""
    op.add_column("office", sa.Column("needs_release", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, kind, default in ADDED:
        op.add_column("definition", sa.Column(name, kind, server_default=default, nullable=default is None))
    op.execute("UPDATE definition SET released_at = deployed_at")


def downgrade() -> None:
    """Take the tables back."""
    for name, _, _ in reversed(ADDED):
        op.drop_column("definition", name)
    op.drop_column("office", "needs_release")

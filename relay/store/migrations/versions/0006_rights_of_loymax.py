"""People whom Loymax lets in: which of its Companies it showed them, beside the session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("session", sa.Column("partners", kind, nullable=True))


def downgrade() -> None:
    """Their sessions end: without the column they would be somebody's."""
    op.execute("DELETE FROM session WHERE partners IS NOT NULL")
    op.drop_column("session", "partners")

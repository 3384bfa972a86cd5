"""Callbacks that the caller himself asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from relay.store.schema import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("callback", sa.Column("asked_at", Utc(), nullable=True))


def downgrade() -> None:
    op.drop_column("callback", "asked_at")

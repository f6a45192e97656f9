"""The table of detections above the threshold, and what keeps a replay from adding to it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "anomaly_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sensor_id", sa.String(64), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anomaly_score", sa.Float, nullable=False),
        sa.Column("is_anomaly", sa.Boolean, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("model_version", sa.String(128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        sa.Column("fleet", sa.String(64), nullable=False),
        sa.UniqueConstraint("fleet", "sensor_id", "detected_at", "model_version", name="uq_anomaly_events"),
    )
    op.create_index("idx_anomaly_events_sensor_id", "anomaly_events", ["sensor_id"])
    op.create_index("idx_anomaly_events_detected_at", "anomaly_events", ["detected_at"])


def downgrade() -> None:
    """Drop the table with all events."""
    op.drop_table("anomaly_events")

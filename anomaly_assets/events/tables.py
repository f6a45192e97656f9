"""The tables of the database of events, as the newest migration leaves them; a test compares the two."""

from datetime import UTC, datetime

import sqlalchemy as sa

from .event import LONGEST

METADATA = sa.MetaData()


class Utc(sa.types.TypeDecorator[datetime]):
    """A moment with a time zone; SQLite, which knows none, keeps it in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn a moment into what the database keeps."""
        return value.astimezone(UTC).replace(tzinfo=None) if value and dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn what the database kept into a moment in UTC."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


ANOMALY_EVENTS = sa.Table(
    "anomaly_events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sensor_id", sa.String(LONGEST["sensor_id"]), nullable=False),
    sa.Column("detected_at", Utc, nullable=False),
    sa.Column("anomaly_score", sa.Float, nullable=False),
    sa.Column("is_anomaly", sa.Boolean, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("model_version", sa.String(LONGEST["model_version"]), nullable=False),
    sa.Column("created_at", Utc, server_default=sa.func.now()),
    sa.Column("fleet", sa.String(LONGEST["fleet"]), nullable=False),
    sa.UniqueConstraint("fleet", "sensor_id", "detected_at", "model_version", name="uq_anomaly_events"),
    sa.Index("idx_anomaly_events_sensor_id", "sensor_id"),
    sa.Index("idx_anomaly_events_detected_at", "detected_at"),
)

ACKNOWLEDGEMENTS = sa.Table(
    "incident_acknowledgements",
    METADATA,
    sa.Column("incident_id", sa.String(256), primary_key=True),
    sa.Column("acknowledged_at", Utc, nullable=False),
    sa.Column("acknowledged_by", sa.String(128), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

NOTIFICATIONS = sa.Table(
    "incident_notifications",
    METADATA,
    sa.Column("incident_id", sa.String(256), primary_key=True),
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(32), primary_key=True),
    sa.Column("sent_at", Utc, nullable=False),
)

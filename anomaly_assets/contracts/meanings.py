"""What the columns of the tables mean, in a few words with units, for people who look at the catalogue."""

from ..config import FleetConfig
from .base import Table
from .explanation import EXPLANATION_MEANINGS
from .forecasts import FORECAST_MEANINGS, interval_meanings
from .incidents import INCIDENT_MEANINGS
from .kinds import KIND_MEANINGS

_COLUMNS = {
    "unit_id": "machine, station or probe",
    "time": "instant of the sampling grid",
    "window_start": "start of the window, included",
    "window_end": "end of the window, not included",
    "detector": "name of the detector in the fleet's file",
    "model_version": "version in the registry that was used",
    "score": "higher is more anomalous",
    "threshold": "what this window was judged by: a score above it is anomalous; equality is normal",
    "is_anomaly": "score > threshold",
    "in_training": "whether the window lay in that version's training window",
    "missing_share": "share of the features that were missing, 0 to 1",
    "top_sensor": "sensor that contributes most, for anomalous windows",
    "scored_at": "moment of scoring",
    "source_file": "raw file, relative to the raw folder",
    "source_row": "line or row in that file, from 1",
    "rule": "the rule that was broken",
    "found": "what stood there",
    "sensor": "the sensor meant; empty for the whole unit",
    "start": "start of the interval, included",
    "end": "end of the interval, not included",
    "failure_type": "kind of anomaly",
    "note": "the source's own words or code",
    "failure_at": "known moment of failure",
    "source": "who says so",
    "day": "UTC day",
    "quantity": "a feature, `score`, `missing`, or `day` for the day's verdict",
    "psi": "population stability index against the reference",
    "ks": "Kolmogorov-Smirnov distance to the reference, 0 to 1",
    "wasserstein": "Wasserstein-1 distance, in reference standard deviations",
    "shift": "shift of the median, in robust reference scales",
    "drifted": "the verdict",
    "reference": "what the day was compared with",
    "windows": "number of windows compared",
    "state": "memory of a unit's moving threshold at the end of the day, as JSON",
    "previous": "threshold before the move",
    "value": "threshold after it",
    "reason": "why it moved, or why it stopped moving",
}
_COLUMNS |= EXPLANATION_MEANINGS | KIND_MEANINGS | FORECAST_MEANINGS
_OF_TABLE = {"incidents": INCIDENT_MEANINGS}
"""Columns that mean something else in one table than in the others."""


def meanings(fleet: FleetConfig, table: Table) -> dict[str, str]:
    """Give the meaning of each of a table's columns that has one; sensors come with their engineering unit."""
    told = _COLUMNS | interval_meanings(fleet) | _OF_TABLE.get(table.name, {})
    known = {name: told[name] for name in table.columns if name in told}
    for name, sensor in fleet.sensors.items():
        if name in table.columns:
            known[name] = ", ".join(filter(None, [sensor.description or name, sensor.measures]))
        quality = f"{name}__quality"
        if quality in table.columns:
            known[quality] = (
                "bits: 1 imputed, 2 outlier, 4 stuck, 8 first after a gap, 16 an impossible reading was taken out"
            )
    return known

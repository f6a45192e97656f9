"""What a folder of files seems to hold, as one value, and as the sections of a fleet's YAML that follow from it."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ...config import SourceConfig, format_duration
from .readings import SensorProfile

_ROOM = 5.0
"""A proposed range reaches so many spans of the seen readings beyond them; nearer outliers are cleaning's business."""


@dataclass(frozen=True)
class Profile:
    """What a folder of files seems to hold.

    Attributes
    ----------
    folder : where the files lie.
    files : those that belong together; ``others`` are left out; ``alone`` when one file was pointed at.
    layout : ``wide`` or ``long``.
    delimiter, decimal, encoding, header, skip_rows : how the text is laid out (None: found out by the reader).
    time_columns, time_format, day_first, zone_stated : how time is told; ``time_format`` is ``ambiguous`` in the
        order of day and month where ``time_ambiguous``.
    unit : what goes into ``source.unit``.
    units : the units seen.
    sensor_column, value_column : of the long layout.
    sensors : every sensor by its proposed name.
    sampling : the step between readings.
    sentinels, null_texts : numbers and texts that seem to mean "no reading".
    gaps, longest_gap : pauses of more than three steps.
    first_day, last_day : of the recording (UTC, by the proposed zone).
    label_columns : columns that look like labels; they are no sensors and are not read.
    rejects : cells and rows that could not be read with this proposal.
    guesses : plain sentences on what was guessed and why.
    """

    folder: Path
    files: tuple[str, ...]
    others: tuple[str, ...]
    alone: bool
    layout: str
    delimiter: str | None
    decimal: str
    encoding: str | None
    header: bool
    skip_rows: int
    time_columns: tuple[str, ...]
    time_format: str
    time_ambiguous: bool
    day_first: bool | None
    zone_stated: bool
    unit: dict[str, Any]
    units: tuple[str, ...]
    sensor_column: str | None
    value_column: str | None
    sensors: dict[str, SensorProfile]
    sampling: timedelta
    sentinels: tuple[float, ...]
    null_texts: tuple[str, ...]
    gaps: int
    longest_gap: timedelta
    first_day: date
    last_day: date
    label_columns: tuple[str, ...]
    rejects: int
    guesses: tuple[str, ...]

    @property
    def constant(self) -> tuple[str, ...]:
        """Sensors that never changed."""
        return tuple(name for name, sensor in self.sensors.items() if sensor.constant)

    def to_source(self) -> dict[str, Any]:
        """Give the ``source`` section of a fleet's YAML."""
        source: dict[str, Any] = {"format": "table", "folder": str(self.folder.resolve()), "time_zone": "UTC"}
        source |= {"include": [self.files[0]] if self.alone else ["**/*"], "exclude": list(self.others)}
        source["sentinels"] = list(self.sentinels)
        source["null_texts"] = [*SourceConfig.model_fields["null_texts"].default, *self.null_texts]
        return source | {"unit": dict(self.unit), "options": self._options()}

    def to_sensors(self) -> dict[str, dict[str, Any]]:
        """Give the ``sensors`` section; what never changed is proposed as a setting, unless nothing else is there."""
        return {name: self._sensor(sensor) for name, sensor in self.sensors.items()}

    def to_sampling(self) -> str:
        """Give the ``sampling`` value, such as ``15m``."""
        return format_duration(self.sampling)

    def _options(self) -> dict[str, Any]:
        time = self.time_columns[0] if len(self.time_columns) == 1 else list(self.time_columns)
        options: dict[str, Any] = {"layout": self.layout, "time": time, "delimiter": self.delimiter}
        options |= {"decimal": self.decimal, "day_first": self.day_first, "encoding": self.encoding}
        options |= {"sensor_column": self.sensor_column, "value_column": self.value_column}
        options |= {"header": None if self.header else False, "skip_rows": self.skip_rows or None}
        return {key: value for key, value in options.items() if value is not None}

    def _sensor(self, sensor: SensorProfile) -> dict[str, Any]:
        section: dict[str, Any] = {"column": sensor.column, "measures": sensor.measures}
        if sensor.low is not None and sensor.high is not None and sensor.low < sensor.high:
            room = _ROOM * (sensor.high - sensor.low)
            section["range"] = [float(f"{sensor.low - room:.4g}"), float(f"{sensor.high + room:.4g}")]
        if sensor.constant and len(self.constant) < len(self.sensors):
            section["role"] = "setting"
        return {key: value for key, value in section.items() if value != ""}

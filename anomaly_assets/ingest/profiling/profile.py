"""A first look at files nobody described: what they seem to hold, and why it seems so.

`profile_folder` guesses, then reads the files the way the platform will, so that what it proposes is known to work.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ...config import FleetConfig, SourceConfig, format_duration
from ...errors import IngestError
from ..table import read
from .columns import Column, classified
from .naming import identifiers, measured_in
from .readings import SensorProfile, gaps_of, sampling_of, sensor_profile, sentinels_of
from .sampling import Look, look, spread
from .timing import Timing, timing
from .units import Whose, whose

_READ = 60
"""Files that are read whole to know ranges, sampling and gaps."""
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


def profile_folder(folder: Path) -> Profile:
    """Look at a folder of CSV or Parquet files (or one file) and guess how they are to be read.

    Raises
    ------
    IngestError
        If there is nothing to read, no column looks like time, or none like a sensor.
    """
    seen = look(folder)
    rows = seen.rows
    columns = classified(rows)
    when = timing(columns, rows)
    spans = {name: span for name, frame in seen.frames.items() if (span := _span(frame, when))}
    rest = [column for column in columns if column.name not in when.columns]
    who = whose(rest, rows, seen.names, spans)
    return _verified(seen, columns, when, who)


def _verified(seen: Look, columns: tuple[Column, ...], when: Timing, who: Whose) -> Profile:
    """Read files with what was guessed, and describe what comes out."""
    names = _sensor_columns(seen, columns, when, who)
    draft = _draft(seen, columns, when, who, names)
    readings, rejects = _read_some(seen, draft, names)
    sentinels = tuple(sorted({s for name in names for s in sentinels_of(readings.get_column(name))}))
    sensors = {
        name: sensor_profile(readings.get_column(name), column, measured_in(column), sentinels)
        for name, column in names.items()
    }
    sampling = sampling_of(readings)
    gaps, longest = gaps_of(readings, sampling)
    days = readings.get_column("time").dt.date()
    return Profile(
        **draft,
        sensors=sensors,
        units=tuple(sorted(readings.get_column("unit_id").unique())),
        sampling=sampling,
        sentinels=sentinels,
        gaps=gaps,
        longest_gap=longest,
        first_day=days.min(),  # type: ignore[arg-type]
        last_day=days.max(),  # type: ignore[arg-type]
        rejects=rejects,
        guesses=(
            *_sentences(seen, when, who, draft),
            *_findings(sensors, sampling, sentinels, (gaps, longest), rejects),
        ),
    )


def _sensor_columns(seen: Look, columns: tuple[Column, ...], when: Timing, who: Whose) -> dict[str, str]:
    """Name the sensors: number columns that are no time, no unit, no label and no mere row count."""
    if who.sensor_column is not None:
        texts = seen.rows.get_column(who.sensor_column).cast(pl.String).str.strip_chars().drop_nulls()
        return {name: text for text, name in identifiers(texts.unique().sort()).items()}
    taken = {*when.columns, who.unit.get("column")}
    found = [c.name for c in columns if c.kind == "number" and c.name not in taken and not _counts_rows(seen, c)]
    if not found:
        raise IngestError(
            "no column looks like a sensor",
            found=", ".join(f"{column.name} ({column.kind})" for column in columns),
            expected="at least one column of numbers",
        )
    return {name: column for column, name in identifiers(found).items()}


def _counts_rows(seen: Look, column: Column) -> bool:
    """Whether a column only numbers the rows, as an index that was written by mistake does."""
    first = next(iter(seen.frames.values())).get_column(column.name).cast(pl.Float64, strict=False)
    return (
        column.decimal is None and first.len() > 2 and first.null_count() == 0 and bool((first.diff() == 1)[1:].all())
    )


def _draft(seen: Look, columns: tuple[Column, ...], when: Timing, who: Whose, names: dict[str, str]) -> dict[str, Any]:
    """Everything of a profile that is known before the files have been read whole."""
    numbers = [column for column in columns if column.kind == "number"]
    parquet = seen.names[0].endswith((".parquet", ".pq"))
    return {
        "folder": seen.folder,
        "files": seen.names,
        "others": seen.others,
        "alone": seen.alone,
        "layout": "long" if who.sensor_column else "wide",
        "delimiter": None if parquet else seen.dialect.delimiter,
        "decimal": "," if any(column.decimal == "," for column in numbers) else ".",
        "encoding": seen.dialect.encoding,
        "header": seen.dialect.header,
        "skip_rows": seen.dialect.skip_rows,
        "time_columns": when.columns,
        "time_format": when.time_format,
        "time_ambiguous": when.ambiguous,
        "day_first": when.day_first,
        "zone_stated": when.zone_stated,
        "unit": who.unit,
        "sensor_column": who.sensor_column,
        "value_column": who.value_column,
        "null_texts": tuple(sorted({text for column in numbers for text in column.null_texts})),
        "label_columns": tuple(column.name for column in columns if column.kind == "label"),
    }


def _read_some(seen: Look, draft: dict[str, Any], names: dict[str, str]) -> tuple[pl.DataFrame, int]:
    """Read some files whole with the proposal.

    Raises
    ------
    IngestError
        If none of them can be read that way.
    """
    sensors = {name: SensorProfile(column, "", None, None, False, 0.0) for name, column in names.items()}
    late = {
        "sensors",
        "units",
        "sampling",
        "sentinels",
        "gaps",
        "longest_gap",
        "first_day",
        "last_day",
        "rejects",
        "guesses",
    }
    blank: dict[str, Any] = dict.fromkeys(late, ()) | {"sensors": sensors, "sampling": timedelta(days=1)}
    fleet = _fleet(Profile(**draft, **blank))
    recordings, wrong = [], []
    for name in spread(seen.names, _READ):
        try:
            recordings.append(read(seen.folder / name, name, fleet))
        except IngestError as error:
            wrong.append(error)
    if not recordings:
        raise wrong[0]
    return pl.concat([recording.readings for recording in recordings]), sum(r.rejects.height for r in recordings)


def _fleet(profile: Profile) -> FleetConfig:
    document = {
        "fleet": "profiled",
        "sampling": profile.to_sampling(),
        "source": profile.to_source(),
        "sensors": profile.to_sensors(),
        "training": {"window": {"first": "1d"}},
        "detectors": {"any": {"kind": "any"}},
    }
    return FleetConfig.model_validate(document)


def _span(frame: pl.DataFrame, when: Timing) -> tuple[datetime, datetime] | None:
    """Give the first and the last instant of a file's first rows."""
    from ..times import time_rule

    if len(when.columns) > 1:
        parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in when.columns]
        cells = frame.select(pl.concat_str(parts, separator=" ").alias("when")).to_series()
    else:
        cells = frame.get_column(when.columns[0]).alias("when")
    rule = time_rule(cells, "UTC", None, when.day_first)
    read_ = cells.to_frame().select(rule.expression(pl.col("when"), cells.dtype)).to_series().drop_nulls()
    return (read_.min(), read_.max()) if read_.len() else None  # type: ignore[return-value]


def _sentences(seen: Look, when: Timing, who: Whose, draft: dict[str, Any]) -> list[str]:
    told = [f"{len(seen.names)} file(s) have the same columns and were taken together."]
    if seen.others:
        told.append(f"Left out, because their columns differ or they can't be read: {', '.join(seen.others[:5])}.")
    if draft["delimiter"] is not None:
        mark = "comma" if draft["decimal"] == "," else "point"
        told.append(f"Cells are separated by {draft['delimiter']!r}; the decimal mark is a {mark}.")
    if not draft["header"]:
        told.append("The first line holds values, so columns are called column_1, column_2 and so on.")
    if draft["encoding"]:
        told.append(f"The text is no UTF-8 and is read as {draft['encoding']}.")
    told.append(when.sentence)
    if not when.zone_stated:
        told.append("No time zone is stated; UTC is assumed. Change source.time_zone if the plant writes local time.")
    if draft["label_columns"]:
        told.append(f"These columns look like labels and are not read as sensors: {', '.join(draft['label_columns'])}.")
    return [*told, *who.sentences]


def _findings(
    sensors: dict[str, SensorProfile],
    sampling: timedelta,
    sentinels: tuple[float, ...],
    gaps: tuple[int, timedelta],
    rejects: int,
) -> list[str]:
    told = [f"A reading comes every {format_duration(sampling)}: the median step, snapped to a customary one."]
    if sentinels:
        told.append(f"These numbers seem to mean 'no reading', far from all others: {', '.join(map(str, sentinels))}.")
    if gaps[0]:
        told.append(f"There are {gaps[0]} gaps of more than three steps, the longest {gaps[1]}.")
    if constant := [name for name, sensor in sensors.items() if sensor.constant]:
        told.append(f"These never changed and are kept as settings: {', '.join(constant)}.")
    if rejects:
        told.append(f"{rejects} cells or rows could not be read and will be quarantined.")
    return told

"""A first look at files nobody described: what they seem to hold, and why it seems so.

`profile_folder` guesses, then reads the files the way the platform will, so that what it proposes is known to work.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ...config import FleetConfig
from ...errors import IngestError
from ..table import read
from ..times import time_rule
from .columns import Column, classified
from .naming import identifiers, measured_in
from .proposal import Profile
from .readings import SensorProfile, gaps_of, sampling_of, sensor_profile, sentinels_of
from .sampling import Look, look, spread
from .telling import findings, reasons
from .timing import Timing, timing
from .units import Whose, whose

_ALONE = 0.9
"""Share of different instants below which a file seems to hold several units or sensors."""
_READ = 60
"""Files that are read whole to know ranges, sampling and gaps."""


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
    who = whose(rest, rows, seen.names, spans, together=_share_instants(seen, when))
    return _verified(seen, columns, when, who)


def _verified(seen: Look, columns: tuple[Column, ...], when: Timing, who: Whose) -> Profile:
    """Read files with what was guessed, and describe what comes out."""
    names = _sensor_columns(seen, columns, when, who)
    seen = seen.with_those_that_have((*when.columns, *who.columns, *(() if who.sensor_column else names.values())))
    draft = _draft(seen, columns, when, who, names)
    readings, rejects = _read_some(seen, draft, names)
    sentinels = tuple(sorted({s for name in names for s in sentinels_of(readings.get_column(name))}))
    sensors = {
        name: sensor_profile(readings.get_column(name), column, measured_in(column), sentinels)
        for name, column in names.items()
    }
    sampling = sampling_of(readings)
    whole = len(seen.names) <= _READ
    gaps, longest = gaps_of(readings, sampling, ("unit_id",) if whole else ("unit_id", "source_file"))
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
            *reasons(seen, when, who, draft),
            *findings(sensors, sampling, sentinels, (gaps, longest), rejects),
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


def _share_instants(seen: Look, when: Timing) -> bool:
    """Whether many rows of a file are of the same instant, as they are when it holds several units."""
    first = next(iter(seen.frames.values())).select(when.columns)
    return first.n_unique() < _ALONE * first.height


def _span(frame: pl.DataFrame, when: Timing) -> tuple[datetime, datetime] | None:
    """Give the first and the last instant of a file's first rows."""
    if len(when.columns) > 1:
        parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in when.columns]
        cells = frame.select(pl.concat_str(parts, separator=" ").alias("when")).to_series()
    else:
        cells = frame.get_column(when.columns[0]).alias("when")
    rule = time_rule(cells, "UTC", None, when.day_first)
    read_ = cells.to_frame().select(rule.expression(pl.col("when"), cells.dtype)).to_series().drop_nulls()
    return (read_.min(), read_.max()) if read_.len() else None  # type: ignore[return-value]

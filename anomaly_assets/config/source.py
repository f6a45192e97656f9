"""Where a fleet's readings come from and how its files are to be read; parsing itself lives in ingest/."""

from typing import Any, Literal

from pydantic import Field, field_validator

from .base import Identifier, Model, Range


class UnitSource(Model):
    """How the unit (machine, station, probe) of a row is known.

    Attributes
    ----------
    by : ``column`` (a column holds it), ``file`` (the file's path relative to the folder, without its suffixes) or
        ``constant`` (the whole folder is one unit).
    column : name of the column, for ``by: column``.
    pattern : regular expression searched in the relative path, for ``by: file``; its first group is the unit
        (without a group, the whole match).
    constant : the unit's name, for ``by: constant``.
    aliases : names to replace, such as ``FB: FranklinBasin``.
    """

    by: Literal["column", "file", "constant"] = "file"
    column: str | None = None
    pattern: str | None = None
    constant: str = "unit"
    aliases: dict[str, str] = Field(default_factory=dict)


class SourceConfig(Model):
    """The raw files of a fleet.

    Attributes
    ----------
    format : file name of a reader in ``ingest/``, such as ``table``, ``cmapss``, ``skab``, ``nab``, ``lro``.
    folder : where the files lie; relative paths start at ``ANOMALY_HOME``.
    include, exclude : glob patterns relative to the folder.
    time_zone : zone of times that state none (IANA name); everything inside the platform is UTC.
    sentinels : numbers that mean "no reading", such as -9999.
    null_texts : texts that mean "no reading".
    unit : how a row's unit is known.
    options : what only this format understands; checked by its reader.
    """

    format: Identifier
    folder: str
    include: tuple[str, ...] = ("**/*",)
    exclude: tuple[str, ...] = ()
    time_zone: str = "UTC"
    sentinels: tuple[float, ...] = ()
    null_texts: tuple[str, ...] = ("", "NULL", "null", "NA", "N/A", "NaN", "nan", "None", "-")
    unit: UnitSource = UnitSource()
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{zone!r} is no IANA time zone; write one such as UTC or Europe/Oslo") from error
        return zone


class SensorConfig(Model):
    """One sensor of every unit of the fleet.

    Attributes
    ----------
    column : its name in the raw files; the sensor's own name by default.
    measures : engineering unit, such as ``mg/L``.
    range : lowest and highest physically possible reading; what lies outside is quarantined.
    role : a ``setting`` (operating condition) is kept beside the readings and is no source of features, other than to
        take out of the sensors' features what it explains (``features.conditioning``).
    description : one line for people.
    """

    column: str | None = None
    measures: str = ""
    range: Range | None = None
    role: Literal["sensor", "setting"] = "sensor"
    description: str = ""


class LabelConfig(Model):
    """How labels that travel with the format are read.

    Attributes
    ----------
    failure_horizon : the time before a known failure that counts as anomalous (run-to-failure recordings).
    """

    failure_horizon: str | None = None

"""Severity of recorded readings as CSV, Parquet and metadata, all whole or none there."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from ...config import FleetConfig, ForecastConfig
from ...errors import ScoringError
from ..batch import Facts
from ..batch.files import new_files, sweep, unwritable
from ..batch.targets import refuse_overwriting, targets
from ..batch.writing import write_rows
from ..names import refuse_unknown
from ..site import Site
from .counting import Cutoff, Tally
from .expecting import Expecting
from .judging import COLUMNS, Rules, judged
from .outcome import SeverityFiles
from .stretch import opened


def write_severity(
    site: Site,
    fleet: FleetConfig,
    output: Path,
    *,
    inputs: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    sensors: Sequence[str] | None = None,
    first: date | None = None,
    last: date | None = None,
    window: timedelta | None = None,
    min_share: float = 0.5,
) -> SeverityFiles:
    """Judge readings by `whole_series_severity` into ``STEM.csv``, ``STEM.parquet`` and ``STEM_metadata.json``.

    Not causal: what is usual is learnt from the whole stretch that is asked for. One row per clean reading and sensor,
    by unit, sensor and time: ``unit_id``, ``time``, ``sensor``, ``value``, the four kinds, ``severity`` (0 to 1),
    ``anomaly_kind`` (the severest, null where severity is 0), and of the forecast sensor ``expected`` and
    ``expected_spread``, one step ahead by the champion forecaster (null where there is none).

    Parameters
    ----------
    output : what files are called; ``.csv`` or ``.parquet`` at its end is left out.
    inputs : raw files, globs or folders, as the fleet reads them; the warehouse when not given.
    units, sensors : which ones; all when not given, settings aside.
    first, last : first and last day, UTC; all recorded days when not given.
    window : trailing window of the rules; see `Rules.of`.
    min_share : share of a window's instants that must have been read.

    Raises
    ------
    ScoringError
        If a unit or sensor is unknown, nothing is recorded, no file can be read, or the files can't be written. What
        was called so before is as it was, after any failure.
    FeatureError
        If the window holds less than two steps.
    RegistryError
        If the champion forecaster is damaged.
    """
    named, chosen, facts = targets(output), _sensors(fleet, sensors), Facts()
    rules, tally = Rules.of(fleet.sampling, window, min_share=min_share), Tally()
    with opened(site, fleet, inputs or (), facts, units=units or (), first=first, last=last) as stretch:
        refuse_overwriting(named, facts.files)
        expecting = Expecting.of(site, fleet) if fleet.forecast and fleet.forecast.sensor in chosen else None
        with unwritable(output, "severities"):
            sweep(named)
            with new_files(named) as (csv, parquet, metadata):
                write_rows(tally.passing(judged(stretch, chosen, rules, expecting)), (), COLUMNS, csv, parquet)
                cutoffs = _cutoffs(fleet, tally, chosen)
                made = SeverityFiles(named, stretch, chosen, rules, tally.units(), cutoffs, expecting, facts)
                _warn(made)
                metadata.write(made.as_json())
    return made


def _sensors(fleet: FleetConfig, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Choose sensors, in the order of the fleet's file."""
    for name in asked or ():
        if name in fleet.sensors and name not in fleet.feature_sensors:
            raise ScoringError(
                f"{name} of {fleet.fleet} is a setting, not a sensor",
                expected=f"sensors such as {', '.join(fleet.feature_sensors[:3])}",
                remedy="settings are what a machine is told to do, and never severe; name a sensor",
            )
    refuse_unknown(fleet.fleet, "sensor", asked or (), fleet.feature_sensors, ScoringError)
    return tuple(name for name in fleet.feature_sensors if not asked or name in asked)


def _cutoffs(fleet: FleetConfig, tally: Tally, sensors: Sequence[str]) -> dict[str, Cutoff]:
    """Find where learning a forecast would begin to leave readings out, of every sensor that was read."""
    quantile = ForecastConfig.model_fields["severity_quantile"].default
    if fleet.forecast is not None:
        quantile = fleet.forecast.severity_quantile
    found = {sensor: tally.cutoff(sensor, quantile) for sensor in sensors}
    told = {sensor: cutoff for sensor, cutoff in found.items() if cutoff is not None}
    if not told:
        raise ScoringError(
            f"nothing is recorded of {fleet.fleet} that could be judged",
            found=f"no reading of {', '.join(sensors)}",
            remedy="name other days, units or sensors",
        )
    return told


def _warn(made: SeverityFiles) -> None:
    if 2 * made.unheard > made.rows:
        share = f"less than {made.rules.min_share:.0%} of the window before them"
        made.facts.warn(
            f"{made.unheard:,} of {made.rows:,} readings have {share}, so that only contextual can be above 0; "
            "ask for a longer --window or a smaller --min-share"
        )

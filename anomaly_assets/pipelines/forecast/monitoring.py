"""New readings held against the forecaster in force, on demand: a report, and whether it is drift.

Every number is made as for the tables ``forecast`` and ``forecast_monitoring``; a report is in monitor_report.py.
"""

from collections.abc import Mapping, Sequence

from ...config import FleetConfig, format_duration
from ...errors import ForecastError
from ...registry import ForecastBundle, forecaster_of
from ..batch import Facts
from ..days import DAY, Span
from ..prepare import feature_days
from ..site import Site
from .beside import joined
from .days import forecast_days
from .monitor_report import MonitorReport
from .readings import forecast_of, severity_version
from .watch import watch_days

SHOWN = 3
"""So many units that could not be forecast are named."""


def monitor(site: Site, fleet: FleetConfig, inputs: Sequence[str] | None = None) -> MonitorReport:
    """Forecast every new day from the days before it, with the version in force, and compare.

    Nothing is written. A day of ``inputs`` is forecast from what the files and, before them, the warehouse say.

    Parameters
    ----------
    inputs : raw files, globs or folders, as the fleet reads them; the latest days of the warehouse, as many as are
        forecast, when not given.

    Raises
    ------
    RegistryError
        If no forecaster is in force.
    ForecastError
        If the fleet is not forecast, or no reading could be compared with a forecast.
    ScoringError
        If no file is meant, or none can be read.
    """
    config, facts = forecast_of(fleet), Facts()
    version = site.registry.get(forecaster_of(fleet.fleet))
    bundle = site.registry.load(version.fleet, version.version, ForecastBundle)
    ahead, telling = config.horizon_days * DAY, severity_version(site, fleet)
    with joined(site, fleet, inputs, facts, ahead + max(config.lookback, fleet.lookback) + DAY) as (beside, span):
        if telling is not None:
            feature_days(beside, fleet, span)
        reasons = forecast_days(beside, fleet, Span(span.start - ahead, span.end - DAY)).reasons
        watch_days(beside, fleet, span)
        found = beside.warehouse.read(beside.table(fleet, "forecast_monitoring"))
    if found.is_empty():
        raise _nothing(fleet, span, reasons)
    production = {"model": version.fleet, "version": version.version, "run_id": version.run_id}
    production |= {"test_start": bundle.test_start, "severity_model": telling and telling.name}
    files = tuple(map(str, facts.files))
    return MonitorReport.of(fleet, production, found, reasons, warnings=tuple(facts.warnings), files=files)


def _nothing(fleet: FleetConfig, span: Span, reasons: Mapping[str, str]) -> ForecastError:
    config, told = forecast_of(fleet), "; ".join(f"{unit}: {reason}" for unit, reason in list(reasons.items())[:SHOWN])
    return ForecastError(
        f"no reading of {fleet.fleet} from {span.start} on could be compared with a forecast",
        found=told or f"no reading of {config.sensor}, or none before",
        expected=f"readings of the {format_duration(config.lookback)} before, in the warehouse or the files",
        remedy=f"backfill the days before: anomaly-assets backfill {fleet.fleet}",
    )

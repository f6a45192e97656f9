"""What is deployed to forecast: forecaster, its report, the baseline to watch it by, and manifest, as one folder.

Nothing is pickled. How a folder is sealed belongs in sealed.py, versions and aliases in store.py.
"""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import polars as pl

from ..errors import RegistryError
from ..forecasting import Forecaster, Report
from ..monitoring import ForecastBaseline
from .manifest import Manifest
from .sealed import read_json, read_sealed, write_sealed
from .versions import forecaster_of

FRAMES = ("backtest", "forecasts", "grid")
_REPORT, _BASELINE = "report.json", "baseline.json"


@dataclass(frozen=True, eq=False)
class ForecastBundle:
    """Everything that forecasting, and watching forecasts, needs.

    Attributes
    ----------
    forecaster : learnt.
    report : what learning found out, with the frames of the backtest.
    baseline : what later days are held against.
    manifest : where it all comes from; ``training_windows`` end where the test part begins.
    """

    forecaster: Forecaster
    report: Report
    baseline: ForecastBaseline
    manifest: Manifest

    @property
    def test_start(self) -> datetime:
        """First instant that the forecaster has not learnt from, UTC."""
        return self.report.splits["test_start"]

    def save(self, folder: Path) -> None:
        """Write the folder, whole or not at all; one that is there already is replaced.

        Raises
        ------
        RegistryError
            If it can't be written, as on a full disk; what was there before is still there.
        """
        write_sealed(folder, self.manifest, self._write)

    @classmethod
    def load(cls, folder: Path) -> "ForecastBundle":
        """Read what `save` wrote, after every file has shown its hash.

        Raises
        ------
        RegistryError
            If a file is missing, damaged or not what the manifest says, it is no bundle of a forecaster, or one that
            another version of the platform wrote.
        ForecastError
            If the forecaster was written by another version of the platform.
        """
        manifest, files = read_sealed(folder, forecaster_of("FLEET"))
        if _REPORT not in files:
            raise RegistryError(
                f"{folder} holds no forecaster",
                found=f"the bundle of {manifest.fleet}/{manifest.detector}",
                remedy=f"name a version of {forecaster_of(manifest.fleet)}",
            )
        forecaster = Forecaster.load(folder / "forecaster")
        try:
            return cls(forecaster, _report(folder), ForecastBaseline.from_json(read_json(folder / _BASELINE)), manifest)
        except (KeyError, TypeError, ValueError) as error:  # every file is as it was written, so another code wrote it
            raise RegistryError(
                f"the bundle {folder} was written by another version of the platform",
                found=f"{type(error).__name__}: {error}",
                remedy=f"learn the forecaster again: anomaly-assets train {manifest.fleet}",
            ) from error

    def _write(self, folder: Path) -> None:
        self.forecaster.save(folder / "forecaster")
        for name in FRAMES:
            getattr(self.report, name).write_parquet(folder / f"{name}.parquet")
        for name, told in ((_REPORT, self.report.described()), (_BASELINE, self.baseline.to_json())):
            (folder / name).write_text(json.dumps(told, indent=2, allow_nan=False), encoding="utf-8")


def _report(folder: Path) -> Report:
    told = read_json(folder / _REPORT)
    told["splits"] = {name: datetime.fromisoformat(when) for name, when in told["splits"].items()}
    told |= {name: pl.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
    return Report(**{field.name: told[field.name] for field in fields(Report)})

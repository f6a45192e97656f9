"""Whether fleet files say something the platform can do: every fault of every file, without touching a raw file.

A fault is a sentence; nothing is raised for one, so that a person sees all of them at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import DetectorConfig, FleetConfig, Platform, load_fleet
from ..contracts import feature_columns
from ..detectors import check_detector, check_reads
from ..errors import AnomalyAssetsError, ConfigError
from ..features import check_features
from ..ingest import check_source
from ..synthetic import check_simulation
from ..thresholds import check_threshold


@dataclass(frozen=True)
class FleetCheck:
    """What looking at one fleet file gave.

    Attributes
    ----------
    name, path : the fleet and its file.
    fleet : the fleet, if the file could be understood at all.
    faults : what is wrong with it, one sentence each; empty when all is well.
    """

    name: str
    path: Path
    fleet: FleetConfig | None
    faults: tuple[AnomalyAssetsError, ...]

    @property
    def features(self) -> int:
        """Number of columns that a window of this fleet has."""
        return len(feature_columns(self.fleet)) if self.fleet else 0


def check_fleets(platform: Platform, names: Sequence[str] = ()) -> list[FleetCheck]:
    """Check fleet files; all there are when none is named.

    Raises
    ------
    ConfigError
        If there is no fleet file at all.
    """
    folder = platform.configs / "fleets"
    wanted = list(names) or sorted(path.stem for path in folder.glob("*.yaml"))
    if not wanted:
        raise ConfigError(
            "there are no fleets",
            found=f"no *.yaml in {folder}",
            remedy="go to the folder that holds configs/, set ANOMALY_CONFIGS, or make a fleet with: "
            "anomaly-assets init FLEET --from FOLDER",
        )
    return [_checked(name, folder / f"{name}.yaml") for name in wanted]


def _checked(name: str, path: Path) -> FleetCheck:
    try:
        fleet = load_fleet(path)
    except ConfigError as fault:
        return FleetCheck(name, path, None, (fault,))
    return FleetCheck(name, path, fleet, tuple(_faults(fleet)))


def _faults(fleet: FleetConfig) -> Iterator[AnomalyAssetsError]:
    for judge in _judges(fleet):
        try:
            judge()
        except AnomalyAssetsError as fault:
            yield fault


def _judges(fleet: FleetConfig) -> Iterator[Callable[[], None]]:
    """Name what each room has to say about a fleet; a fleet that says nothing about simulation needs none."""
    yield lambda: check_source(fleet)
    yield lambda: check_features(fleet)
    for detector in fleet.detectors.values():
        yield lambda detector=detector: check_detector(detector.kind, detector.params)  # type: ignore[misc]
    for name, detector in fleet.detectors.items():
        yield lambda name=name, detector=detector: _check_reads(fleet, name, detector)  # type: ignore[misc]
    yield lambda: check_threshold(fleet.threshold)
    if "simulation" in fleet.model_fields_set:
        yield lambda: check_simulation(fleet)


def _check_reads(fleet: FleetConfig, name: str, detector: DetectorConfig) -> None:
    sensors = tuple(f"{sensor}__" for sensor in fleet.feature_sensors)
    check_reads(name, detector.kind, detector.params, [c for c in feature_columns(fleet) if c.startswith(sensors)])

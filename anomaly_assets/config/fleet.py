"""A fleet is a file: the whole description of one fleet, checked as one value."""

from datetime import date, timedelta

from pydantic import Field, model_validator

from .base import Duration, Identifier, Model
from .forecasting import ForecastConfig
from .gates import GatesConfig
from .incidents import IncidentConfig
from .modelling import (
    DetectorConfig,
    DriftConfig,
    OperationsConfig,
    PromotionConfig,
    RetrainingConfig,
    SimulationConfig,
    ThresholdConfig,
    TrainingConfig,
)
from .preparation import CleaningConfig, FeatureConfig
from .realtime import RealtimeConfig
from .source import LabelConfig, SensorConfig, SourceConfig
from .waveforms import WaveformConfig

DAY = timedelta(days=1)


class FleetConfig(Model):
    """One fleet: sources, sensors, cleaning, features, detectors, threshold, gates, drift, retraining.

    Attributes
    ----------
    fleet : its name; also its schema in the warehouse and its group in the asset graph.
    owner : an e-mail address or ``team:name``.
    start : first daily partition; the first day of the recording when not given.
    end : the day after the last partition of a finished recording; open when not given.
    sampling : the grid that readings are aligned to; divides a day, or is a whole number of days.
    incidents : when alarms become an incident.
    waveforms : how high-rate signals become readings; for raw formats that hold such signals.
    forecast : what is forecast, and how; nothing when not given.
    realtime : how readings that come by MQTT are listened to; not at all when not given.
    """

    fleet: Identifier
    description: str = ""
    owner: str = "team:operations"
    start: date | None = None
    end: date | None = None
    sampling: Duration
    source: SourceConfig
    waveforms: WaveformConfig | None = None
    sensors: dict[Identifier, SensorConfig] = Field(min_length=1)
    labels: LabelConfig = LabelConfig()
    cleaning: CleaningConfig = CleaningConfig()
    features: FeatureConfig = FeatureConfig()
    training: TrainingConfig
    detectors: dict[Identifier, DetectorConfig] = Field(min_length=1)
    threshold: ThresholdConfig = ThresholdConfig()
    incidents: IncidentConfig = IncidentConfig()
    promotion: PromotionConfig = PromotionConfig()
    gates: GatesConfig = GatesConfig()
    forecast: ForecastConfig | None = None
    drift: DriftConfig = DriftConfig()
    retraining: RetrainingConfig = RetrainingConfig()
    operations: OperationsConfig = OperationsConfig()
    realtime: RealtimeConfig | None = None
    simulation: SimulationConfig = SimulationConfig()

    @property
    def stride(self) -> timedelta:
        """Time from one feature row to the next."""
        return self.features.every or self.sampling

    @property
    def lookback(self) -> timedelta:
        """How far back the oldest reading lies that a window's features depend on."""
        spans = [*(window.reach for window in self.features.windows.values()), *self.features.lags]
        return max([*spans, self.sampling])

    @property
    def cleaning_lookback(self) -> timedelta:
        """How far back the oldest raw reading lies that a clean reading depends on.

        A clean reading may be carried from an older one, which was judged by its own past, so that the spans add up.
        """
        cleaning = self.cleaning
        carried = (cleaning.impute_up_to or timedelta(0)) + 2 * self.sampling
        spans = [cleaning.outliers.window] if cleaning.outliers.action != "ignore" else []
        spans += [cleaning.stuck.longer_than + carried] if cleaning.stuck.action != "ignore" else []
        return max([*spans, timedelta(0)]) + carried

    @property
    def forecast_step(self) -> timedelta:
        """Time between two forecast instants."""
        return (self.forecast.step if self.forecast else None) or self.sampling

    @property
    def incident_bridge(self) -> timedelta:
        """Largest break between alarms of one incident; long enough for those that persistence may leave out."""
        rules = self.incidents
        return max(rules.merge_gap or self.threshold.merge_gap, (rules.of - rules.alarms) * self.stride)

    @property
    def incident_reach(self) -> timedelta:
        """Longest silence after which an alarm may still be of an incident that was there, as what comes back."""
        return max(self.incident_bridge, self.incidents.recurs_within or timedelta(0))

    @property
    def incident_quiet(self) -> timedelta:
        """Break after which nothing of a unit's earlier alarms matters to its next incident."""
        return self.incidents.linger + max(self.incident_reach, self.incidents.hold_off or timedelta(0))

    @property
    def incident_lookback(self) -> timedelta:
        """How far before a span scored windows must be known to tell all of its incidents as the whole history would.

        An incident lasts ``longest`` at most, lingers, and alarms may join it for as long as it reaches. Alarms without
        quiet before them may have begun earlier than is seen, but their incident is over by then; where incidents come
        back, so is what took it for its own, which all began within another ``longest``, and lasted as long.
        """
        rules = self.incidents
        lasts = rules.longest * (1 if rules.recurs_within is None else 3)
        return lasts + rules.linger + self.incident_reach + self.incident_quiet + 2 * self.stride

    @property
    def feature_sensors(self) -> tuple[str, ...]:
        """Sensors that features are made from, in the file's order."""
        return tuple(name for name, sensor in self.sensors.items() if sensor.role == "sensor")

    def quantity(self, sensor: str) -> str:
        """Name a sensor, and the unit it measures in where that is told, such as ``oxygen, mg/L``."""
        measures = self.sensors[sensor].measures
        return f"{sensor}, {measures}" if measures else sensor

    @model_validator(mode="after")
    def _settings_are_there(self) -> "FleetConfig":
        if self.features.conditioning is None:
            return self
        settings = [name for name, sensor in self.sensors.items() if sensor.role == "setting"]
        unknown = set(self.features.conditioning.settings) - set(settings)
        if unknown or not settings:
            named = ", ".join(sorted(unknown)) or "nothing"
            raise ValueError(
                f"features.conditioning names {named}, sensors with role: setting are {', '.join(settings) or 'none'}"
            )
        return self

    @model_validator(mode="after")
    def _incident_sensors_are_there(self) -> "FleetConfig":
        unknown = set(self.incidents.sensors) - set(self.sensors)
        if unknown:
            raise ValueError(
                f"incidents.sensors names {', '.join(sorted(unknown))}, sensors are {', '.join(self.sensors)}"
            )
        return self

    @model_validator(mode="after")
    def _forecast_fits(self) -> "FleetConfig":
        if self.forecast is None:
            return self
        if self.forecast.sensor not in self.sensors:
            raise ValueError(f"forecast.sensor {self.forecast.sensor} is none of the sensors {', '.join(self.sensors)}")
        if self.forecast_step % self.sampling or DAY % self.forecast_step:
            raise ValueError(f"forecast.step {self.forecast_step} must be a multiple of the sampling and divide a day")
        return self

    @model_validator(mode="after")
    def _grids_fit(self) -> "FleetConfig":
        if (DAY if self.sampling <= DAY else self.sampling) % min(DAY, self.sampling):
            raise ValueError(f"sampling {self.sampling} neither divides a day nor is a whole number of days")
        if self.stride % self.sampling or (self.stride <= DAY and DAY % self.stride):
            raise ValueError(f"features.every {self.stride} must be a multiple of the sampling step and divide a day")
        if not self.feature_sensors:
            raise ValueError("every sensor is a setting; at least one must have role: sensor")
        return self

"""Every error the platform raises on purpose, drawn as one tree.

    AnomalyAssetsError
    ├── ConfigError        a YAML file, a key or a value is not what the platform understands
    ├── IngestError        a raw file can't be read as its format
    ├── ContractError      a frame breaks what its table promises
    ├── FeatureError       readings can't be turned into windows
    ├── DetectorError      a detector can't be built, fitted, loaded or asked
    ├── ThresholdError     a calibration can't give a threshold
    ├── IncidentError      alarms can't become incidents
    ├── NotificationError  nobody can be told of incidents
    ├── EvaluationError    a measure can't be taken, or would mislead
    ├── WarehouseError     a table can't be read or replaced
    │   └── LockTimeoutError   somebody else holds the warehouse for too long
    ├── EventError         events can't be kept or read
    │   ├── EventRefusedError  an event is none, or the database refuses it for itself
    │   └── EventsAwayError    the database of events does not answer
    ├── RegistryError      a bundle or a model version is missing or damaged
    │   └── ReleaseError       a model can't be released, or a release package is damaged
    ├── ForecastError      a forecaster can't be learnt, loaded or asked
    ├── ScoringError       a file can't be scored, or its scores can't be written
    ├── RealtimeError      a broker refuses, or what was heard can't be kept
    ├── RequestError       a request over HTTP can't be understood, or not be answered now
    └── SimulationError    a synthetic fleet can't be made

Each error carries four sentences' worth of facts: what was wrong, what was found, what was expected, and what to do
about it. Faces print them as they are (CLI, exit code 2), or send them on (HTTP 4xx, run metadata).
Nothing but these classes lives here.
"""

from typing import Any


class AnomalyAssetsError(Exception):
    """A mistake that a person can mend, told in a sentence with a remedy.

    Parameters
    ----------
    wrong : what was wrong, as a sentence without a full stop.
    found : what was there.
    expected : what should have been there.
    remedy : what to do.
    """

    def __init__(self, wrong: str, *, found: Any = None, expected: Any = None, remedy: str | None = None) -> None:
        self.wrong, self.found, self.expected, self.remedy = wrong, found, expected, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.wrong.rstrip(".") + "."]
        if self.found is not None:
            parts.append(f"Found: {self.found}.")
        if self.expected is not None:
            parts.append(f"Expected: {self.expected}.")
        if self.remedy is not None:
            parts.append(f"Remedy: {self.remedy.rstrip('.')}.")
        return " ".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.wrong, self.found, self.expected, self.remedy)


def _rebuild(kind: type[AnomalyAssetsError], wrong: str, found: Any, expected: Any, remedy: str | None) -> Any:
    return kind(wrong, found=found, expected=expected, remedy=remedy)


class ConfigError(AnomalyAssetsError):
    """A YAML file, a key or a value is not what the platform understands."""


class IngestError(AnomalyAssetsError):
    """A raw file can't be read as its format."""


class ContractError(AnomalyAssetsError):
    """A frame breaks what its table promises."""


class FeatureError(AnomalyAssetsError):
    """Readings can't be turned into windows."""


class DetectorError(AnomalyAssetsError):
    """A detector can't be built, fitted, loaded or asked."""


class ThresholdError(AnomalyAssetsError):
    """A calibration can't give a threshold."""


class IncidentError(AnomalyAssetsError):
    """Alarms can't become incidents."""


class NotificationError(AnomalyAssetsError):
    """Nobody can be told of incidents; secrets are never in it."""


class EvaluationError(AnomalyAssetsError):
    """A measure can't be taken, or would mislead."""


class WarehouseError(AnomalyAssetsError):
    """A table can't be read or replaced."""


class LockTimeoutError(WarehouseError):
    """Somebody else holds the warehouse for too long; the message names the process."""


class EventError(AnomalyAssetsError):
    """Events can't be kept or read."""


class EventRefusedError(EventError):
    """An event is none, or the database refuses it for itself; asking again would change nothing."""


class EventsAwayError(EventError):
    """The database of events does not answer; asking again later may help."""


class RegistryError(AnomalyAssetsError):
    """A bundle or a model version is missing or damaged."""


class ReleaseError(RegistryError):
    """A model can't be released, or a release package is damaged."""


class ForecastError(AnomalyAssetsError):
    """A forecaster can't be learnt, loaded or asked."""


class ScoringError(AnomalyAssetsError):
    """A file can't be scored, or its scores can't be written."""


class RequestError(AnomalyAssetsError):
    """A request over HTTP can't be understood, or not be answered now."""


class RealtimeError(AnomalyAssetsError):
    """A broker refuses, or what was heard can't be kept."""


class SimulationError(AnomalyAssetsError):
    """A synthetic fleet can't be made."""

"""What a model must reach before it may score a fleet; the judging itself lives in pipelines/."""

from pydantic import Field

from .base import Model


class GatesConfig(Model):
    """Bounds that a model is held to; a bound that is null is not judged.

    A share must reach its bound with the lower end of its interval, a rate of false alarms with the upper end: what
    few events can't show is not shown. Where there are too few events to tell anything, a gate that needs them says so
    and stops nobody.

    Attributes
    ----------
    auc : area under the ROC curve of the scores, at least.
    precision, recall : of decisions, window by window, at least.
    event_precision, event_recall : of merged alarms and of labelled events, at least.
    far : share of the normal windows that are flagged, at most.
    false_alarms_per_day : merged alarms outside events per unit and day, at most.
    latency : milliseconds to score one window alone, median of repeated calls, at most.
    beats_trivial : by how much the average precision exceeds that of each trivial detector, beyond noise; 0 is better
        at all.
    min_events : with fewer labelled events in the windows, gates that need events are not judged.
    confidence : of the intervals.
    resamples : draws behind each interval.
    enforce : false lets a failing gate warn without keeping anybody from being promoted or failing a run.
    """

    auc: float | None = Field(default=0.90, ge=0, le=1)
    precision: float | None = Field(default=0.85, ge=0, le=1)
    recall: float | None = Field(default=0.85, ge=0, le=1)
    event_precision: float | None = Field(default=None, ge=0, le=1)
    event_recall: float | None = Field(default=None, ge=0, le=1)
    far: float | None = Field(default=0.05, ge=0, le=1)
    false_alarms_per_day: float | None = Field(default=None, ge=0)
    latency: float | None = Field(default=50.0, gt=0)
    beats_trivial: float | None = Field(default=0.0, ge=-1, le=1)
    min_events: int = Field(default=5, ge=2)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    resamples: int = Field(default=300, ge=50)
    enforce: bool = True

"""What Prometheus is told: requests and latencies, scores, the anomaly rate, the version in force, drift, queues."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, time

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from ..config import MetricsConfig
from .drift import DriftVerdict
from .scoring import Verdict

PREFIX = "anomaly_assets_"
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The measures of one service.

    Parameters
    ----------
    fleet : a label of all measures of scoring.
    config : edges of the histograms, and how many windows the anomaly rate is of.
    """

    def __init__(self, fleet: str, config: MetricsConfig) -> None:
        self.fleet, self.registry = fleet, CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        asked, own = ["method", "path"], ["fleet"]
        self._requests = Counter(
            f"{PREFIX}requests", "Requests by route and status.", [*asked, "status"], registry=self.registry
        )
        self._seconds = Histogram(
            f"{PREFIX}request_seconds",
            "From the first byte of a request to the last of its answer.",
            asked,
            buckets=config.seconds,
            registry=self.registry,
        )
        self._windows = Counter(f"{PREFIX}windows", "Windows scored.", own, registry=self.registry).labels(fleet)
        self._anomalies = Counter(
            f"{PREFIX}anomalies", "Windows above their threshold.", own, registry=self.registry
        ).labels(fleet)
        self._score = Gauge(f"{PREFIX}score", "Score of the latest window.", own, registry=self.registry).labels(fleet)
        self._ratio = Histogram(
            f"{PREFIX}score_ratio",
            "Scores as multiples of the threshold that each was judged by.",
            own,
            buckets=config.ratios,
            registry=self.registry,
        ).labels(fleet)
        self._rate = self._gauge("anomaly_rate", f"Share of anomalous windows among the latest {config.windows}.")
        self._info = Gauge(
            f"{PREFIX}model_info",
            "1 for the version that scores.",
            [*own, "model_version", "engine"],
            registry=self.registry,
        )
        self._version = self._gauge("model_version", "Number of the version that scores; 0 for none.")
        self._drifted = self._gauge("drifted", "1 where the latest verdict on drift says so.")
        self._drift_share = self._gauge("drift_share", "Share of the watched quantities that drifted on that day.")
        self._drift_day = self._gauge("drift_day_seconds", "That day, as seconds since the Unix epoch.")
        self._latest: deque[bool] = deque(maxlen=config.windows)
        self._routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def watch(self, name: str, told: str, ask: Callable[[], float]) -> None:
        """Tell a number that is asked for whenever somebody looks."""
        self._gauge(name, told).set_function(ask)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request."""
        route = (method, path, status)
        if route not in self._routes:
            counted = self._requests.labels(method, path, str(status))
            self._routes[route] = counted, self._seconds.labels(method, path)
        counter, histogram = self._routes[route]
        counter.inc()
        histogram.observe(seconds)

    def scored(self, verdicts: list[Verdict]) -> None:
        """Count windows; from the scoring thread alone."""
        if not verdicts:
            return
        self._windows.inc(len(verdicts))
        self._anomalies.inc(sum(verdict.is_anomaly for verdict in verdicts))
        self._score.set(verdicts[-1].score)
        for verdict in verdicts:
            if verdict.threshold > 0:  # of nothing or less there are no multiples
                self._ratio.observe(verdict.score / verdict.threshold)
        self._latest.extend(verdict.is_anomaly for verdict in verdicts)
        self._rate.set(sum(self._latest) / len(self._latest))

    def in_force(self, version: int, model_version: str, engine: str) -> None:
        """Note which version scores from now on."""
        self._info.clear()
        self._info.labels(self.fleet, model_version, engine).set(1)
        self._version.set(version)

    def drift(self, verdict: DriftVerdict) -> None:
        """Note the latest verdict on drift."""
        self._drifted.set(verdict.drifted)
        self._drift_share.set(verdict.share)
        self._drift_day.set(datetime.combine(verdict.day, time(), UTC).timestamp())

    def written(self) -> bytes:
        """Write all measures as Prometheus reads them."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"{PREFIX}{name}", told, ["fleet"], registry=self.registry).labels(self.fleet)

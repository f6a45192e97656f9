"""Versions that are tried out beside the champion: they score the same days, and nobody is alarmed by them.

Who is promoted is decided in choose.py on held-back windows, never by what is seen here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from ..config import FleetConfig
from ..errors import RegistryError
from ..evaluation import EventMetrics, episodes, event_metrics
from ..registry import ModelVersion
from .days import DAY, Span, midnight
from .following import Service
from .learning import history
from .prepare import Written, pieces, rows_per_day
from .rows import Rows
from .score import score_part
from .site import Site

ALIASES = ("shadow", "challenger")


@dataclass(frozen=True)
class SideBySide:
    """A version that was tried out and the champion, on the windows that both have scored.

    Attributes
    ----------
    champion, shadow : names, such as ``deviation/1``.
    windows, first, last : what both have scored; no first and last without any.
    flagged : share of the windows that the champion, the shadow, and both call anomalous.
    alarms : merged alarms of the champion and of the shadow.
    agreement : windows both call anomalous over those either does; None where neither flags any.
    correlation : of the ranks of their scores (Spearman 1904); None where one is constant.
    against_labels : of the champion and of the shadow; None without labels in these days.
    """

    champion: str
    shadow: str
    windows: int
    first: datetime | None
    last: datetime | None
    flagged: tuple[float, float, float]
    alarms: tuple[int, int]
    agreement: float | None
    correlation: float | None
    against_labels: tuple[EventMetrics, EventMetrics] | None


def shadow_versions(site: Site, fleet: FleetConfig) -> list[ModelVersion]:
    """Give the versions that aliases want tried out, other than the champion, the newest first."""
    versions = site.registry.versions(fleet.fleet)
    return [
        version for version in versions if set(ALIASES) & set(version.aliases) and "champion" not in version.aliases
    ]


def shadow_days(site: Site, fleet: FleetConfig, span: Span) -> Written:
    """Score a span with every version that is tried out, into ``shadow_scores``; without one the days stay empty."""
    versions, written, now = shadow_versions(site, fleet), Written(), datetime.now(UTC)
    bundles = {version.version: site.registry.load(fleet.fleet, version.version) for version in versions}
    services = {n: Service(site, fleet, bundle.require_threshold(), n) for n, bundle in bundles.items()}
    features, table = site.table(fleet, "features"), site.table(fleet, "shadow_scores")
    back = max((history(fleet, bundle.detector) for bundle in bundles.values()), default=timedelta(0))
    days = site.warehouse.days(features, span.start, span.end) if bundles else {}
    for part in pieces(site, f"{fleet.fleet}: shadow scoring", span, days):
        windows = site.warehouse.read(features, part.first_moment - back, part.end) if bundles else features.empty()
        asked = Rows.where(windows, pl.col("window_start") >= part.first_moment)
        scored = [score_part(services[number], bundle, asked, part, now) for number, bundle in bundles.items()]
        rows = pl.concat([table.empty(), *(table.align(frame) for frame in scored)])
        site.warehouse.replace(table, rows, part.start, part.end)
        for service in services.values():
            service.keep(part)
        written.rows |= rows_per_day(rows, "window_start")
        written.counts_by_day |= rows_per_day(rows.filter("is_anomaly"), "window_start")
        written.counts.update(alarming=int(rows["is_anomaly"].sum()), windows=rows.height)
        written.preview = rows.tail(10) if rows.height else written.preview
    written.counts["versions"] = len(versions)
    return written


def compare_shadows(site: Site, fleet: FleetConfig, days: int = 30) -> list[SideBySide]:
    """Set every version that is tried out beside the champion, over the latest days that were scored.

    Only windows that this champion has scored count: days scored by an earlier one say nothing about it.

    Raises
    ------
    RegistryError
        If the fleet has no champion, or no version is tried out.
    """
    champion, versions = site.registry.get(fleet.fleet), shadow_versions(site, fleet)
    if not versions:
        raise RegistryError(
            f"no version of {fleet.fleet} is tried out beside its champion {champion.name}",
            remedy=f"name one with: anomaly-assets models shadow {fleet.fleet} VERSION",
        )
    scored = site.warehouse.days(site.table(fleet, "scores"))
    last = max(scored, default=datetime.now(UTC).date())
    span = Span(last - (days - 1) * DAY, last + DAY)
    live = site.warehouse.read(site.table(fleet, "scores"), span.start, span.end)
    tried = site.warehouse.read(site.table(fleet, "shadow_scores"), span.start, span.end)
    labels = site.warehouse.read(site.table(fleet, "labels"))
    near = labels.filter((pl.col("end") > midnight(span.start)) & (pl.col("start") < midnight(span.end)))
    mine = live.filter(model_version=champion.version)
    return [
        _side_by_side(fleet, champion, version, mine, tried.filter(model_version=version.version), labels=near)
        for version in versions
    ]


def _side_by_side(
    fleet: FleetConfig,
    champion: ModelVersion,
    shadow: ModelVersion,
    mine: pl.DataFrame,
    theirs: pl.DataFrame,
    *,
    labels: pl.DataFrame,
) -> SideBySide:
    keys, gap = ["unit_id", "window_start"], fleet.threshold.merge_gap
    one, other = mine.join(theirs, on=keys, how="semi").sort(keys), theirs.join(mine, on=keys, how="semi").sort(keys)
    a, b = one["is_anomaly"], other["is_anomaly"]
    both, either = int((a & b).sum()), int((a | b).sum())
    rows = max(1, one.height)
    judged = labels.height > 0 and one.height > 0
    return SideBySide(
        champion=champion.name,
        shadow=shadow.name,
        windows=one.height,
        first=one["window_start"].min(),  # type: ignore[arg-type]
        last=one["window_end"].max(),  # type: ignore[arg-type]
        flagged=(int(a.sum()) / rows, int(b.sum()) / rows, both / rows),
        alarms=(episodes(one, gap).height, episodes(other, gap).height),
        agreement=both / either if either else None,
        correlation=rank_correlation(one["score"], other["score"]),
        against_labels=(event_metrics(one, labels, gap), event_metrics(other, labels, gap)) if judged else None,
    )


def rank_correlation(one: pl.Series, other: pl.Series) -> float | None:
    """Correlate the ranks of two scores of the same rows (Spearman 1904); None where one is constant."""
    if min(one.n_unique(), other.n_unique()) < 2:
        return None
    ranks = pl.DataFrame({"one": one.rank(), "other": other.rank()})
    return float(ranks.select(pl.corr("one", "other")).item())

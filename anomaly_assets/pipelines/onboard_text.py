"""The text of a new fleet file: commented YAML that a person can read, change and keep."""

from datetime import date
from typing import Any

import yaml

from ..config import format_duration as written
from ..ingest import Profile
from .onboard_choices import Choices, Recorded, possible_range

_MARGIN = 58
"""Column in which comments begin, where the line leaves room for it."""


def fleet_text(name: str, profile: Profile, seen: Recorded, chosen: Choices, today: date) -> str:
    """Write the fleet file.

    Parameters
    ----------
    name : of the fleet.
    profile : what the files hold.
    seen, chosen : how long they cover, and what was chosen because of it.
    today : goes into the head of the file.
    """
    head, source, sensors = _head(name, profile, today), _source(profile), _sensors(profile)
    sections = [head, source, sensors, _cleaning(chosen), _features(seen, chosen), _training(seen, chosen)]
    return "\n\n".join("\n".join(lines) for lines in [*sections, _detectors(), _decisions(chosen)]) + "\n"


def flow(value: Any) -> str:
    """Write a value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _line(text: str, comment: str = "") -> str:
    return f"{text:<{_MARGIN}} # {comment}" if comment else text


def _head(name: str, profile: Profile, today: date) -> list[str]:
    files, days = len(profile.files), f"{profile.first_day} to {profile.last_day}"
    described = f"{len(profile.sensors)} sensors of {len(profile.units)} units, from {profile.folder.name}"
    return [
        f"# Written by anomaly-assets init on {today}, after a look at {files} files of {days}.",
        f"# Everything here was guessed and may be changed; anomaly-assets check {name} says whether it is still good.",
        f"fleet: {name}",
        f"description: {flow(described)}",
        _line("owner: team:operations", "an e-mail address, or team:name"),
        _line(f"sampling: {profile.to_sampling()}", "the grid that readings are aligned to"),
    ]


def _source(profile: Profile) -> list[str]:
    source = profile.to_source()
    zone = "said in the files" if profile.zone_stated else "the files state none; perhaps Europe/Oslo or the like"
    return [
        "source:",
        f"  format: {source['format']}",
        f"  folder: {flow(source['folder'])}",
        _line(f"  include: {flow(source['include'])}", "new files that match are found by themselves"),
        *([_line(f"  exclude: {flow(source['exclude'])}", "their columns differ")] if source["exclude"] else []),
        _line(f"  time_zone: {flow(source['time_zone'])}", zone),
        _line(f"  sentinels: {flow(source['sentinels'])}", "numbers that mean 'no reading', such as -9999"),
        *([f"  null_texts: {flow(source['null_texts'])}"] if profile.null_texts else []),
        _line(f"  unit: {flow(source['unit'])}", "how the machine, station or probe of a row is known"),
        f"  options: {flow(source['options'])}",
    ]


def _sensors(profile: Profile) -> list[str]:
    described = [
        _line(f"  {name}: {flow(_with_range(section, profile, name))}", _seen(profile, name))
        for name, section in profile.to_sensors().items()
    ]
    return [
        "# A reading outside its range is impossible and goes to quarantine. These ranges reach far beyond what was",
        "# seen; write what the probe can really measure. With role: setting a column is kept but not scored.",
        "sensors:",
        *described,
    ]


def _with_range(section: dict[str, Any], profile: Profile, name: str) -> dict[str, Any]:
    sensor = profile.sensors[name]
    if "range" not in section or sensor.low is None or sensor.high is None:
        return section
    return section | {"range": list(possible_range(sensor.low, sensor.high))}


def _seen(profile: Profile, name: str) -> str:
    sensor = profile.sensors[name]
    if sensor.low is None or sensor.high is None:
        return "no reading was seen"
    missing = f", {sensor.missing:.0%} missing" if sensor.missing >= 0.005 else ""
    return (f"always {sensor.low:.4g}" if sensor.constant else f"{sensor.low:.4g} to {sensor.high:.4g}") + missing


def _cleaning(chosen: Choices) -> list[str]:
    outliers = f"  outliers: {{sigmas: 5, window: {written(chosen.outlier_window)}, action: flag}}"
    return [
        "cleaning:",
        _line(outliers, "marked, never removed: it may be the alarm we want"),
        _line(f"  stuck: {{longer_than: {written(chosen.stuck)}, action: flag}}", "the same value for this long"),
        _line(f"  impute_up_to: {written(chosen.impute)}", "a shorter gap is bridged with the last reading"),
        _line("  quarantine_tolerance: 0.2", "a run stops when more than this share is impossible"),
    ]


def _features(seen: Recorded, chosen: Choices) -> list[str]:
    short, long, lags = written(chosen.short), written(chosen.long), ", ".join(map(written, chosen.lags))
    thinned = chosen.every != seen.sampling
    return [
        "features:",
        *([_line(f"  every: {written(chosen.every)}", "one scored window per step")] if thinned else []),
        "  windows:",
        f"    {short}: {{length: {short}, statistics: [mean, std, min, max]}}",
        f"    {long}: {{length: {long}, statistics: [mean, std]}}",
        f"  lags: [{lags}]",
        *(["  calendar: [hour_of_day]"] if chosen.calendar else []),
        _line("  scaling: {method: robust, per: unit}", "every unit has its own usual level"),
    ]


def _training(seen: Recorded, chosen: Choices) -> list[str]:
    key, whose = ("early_life", "every unit's own recording") if seen.per_unit else ("first", "the recording")
    window = f"  window: {{{key}: {written(chosen.learnt)}}}"
    return [
        "training:",
        _line(window, f"the first part of {whose}, taken as healthy"),
        f"  min_windows: {chosen.min_windows}",
        "  seed: 7",
    ]


def _detectors() -> list[str]:
    return [
        "detectors:",
        _line("  deviation: {kind: deviation, params: {cap: 20}}", "far from the usual level"),
        _line("  hotelling_t2_q: {kind: hotelling_t2_q}", "unusual together: a broken correlation, too"),
        _line("  isolation_forest: {kind: isolation_forest, params: {seed: 7}}", "rare combinations"),
        _line("  random_score: {kind: random_score, params: {seed: 7}}", "the floor that every other one must beat"),
    ]


def _decisions(chosen: Choices) -> list[str]:
    between, rate = 1 / chosen.per_unit_day, f"{chosen.per_unit_day:g}"
    rarely = f"one per unit in {between:.3g} days" if between >= 1 else f"{rate} per unit and day"
    gap, window = written(chosen.merge_gap), written(chosen.retraining)
    return [
        f"# Tolerated false alarms: {rarely}. Anomalous windows closer than merge_gap are one alarm.",
        f"threshold: {{method: alarm_budget, params: {{per_unit_day: {rate}}}, merge_gap: {gap}}}",
        "",
        "# A day has drifted when more than this share of the features looks unlike training; some in a row retrain.",
        f"drift: {{share: 0.5, score_shift: 3.0, min_rows: {chosen.min_rows}}}",
        f'retraining: {{drifted_days: 3, cooldown: 7d, window: {window}, schedule: "0 4 1 1,4,7,10 *"}}',
    ]

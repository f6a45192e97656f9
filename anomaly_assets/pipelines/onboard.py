"""From a folder of files that nobody described to a fleet file that works: look, read, choose, write.

Guessing how files are to be read is ingest's; what is chosen because of it stands in onboard_choices.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ..config import FleetConfig, Platform, format_duration
from ..errors import ConfigError, IngestError
from ..features import condense
from ..ingest import Profile, Source, profile_folder
from .check import check_fleets
from .days import Span, span_of
from .onboard_choices import Choices, Recorded, choose
from .onboard_text import fleet_text
from .site import Progress

NAMED = 8
"""Units and sensors that are named; the file has them all."""


@dataclass(frozen=True)
class Onboarded:
    """A fleet file that was written.

    Attributes
    ----------
    path, text : the file and what it says.
    seen : what was found in the folder, as name and value.
    guesses : what was guessed, in sentences.
    problems : files that couldn't be read, each with the sentence why.
    """

    path: Path
    text: str
    seen: tuple[tuple[str, str], ...]
    guesses: tuple[str, ...]
    problems: dict[str, str]


def onboard(
    platform: Platform, name: str, folder: Path, *, force: bool = False, progress: Progress | None = None
) -> Onboarded:
    """Look at a folder of CSV or Parquet files and write the fleet file that describes it.

    The files are read on the way, as a backfill would, and needn't be read again by it.

    Raises
    ------
    ConfigError
        If the name is no identifier, or there is such a fleet already and ``force`` isn't set.
    IngestError
        If the folder holds nothing that looks like readings over time.
    """
    path = platform.configs / "fleets" / f"{name}.yaml"
    _require_free(path, name, force)
    profile = profile_folder(folder.expanduser().resolve())
    draft = _draft(name, profile)
    source = Source(draft, profile.folder, platform.home / "sources", condense)
    changes = source.refresh(progress)
    seen = _recorded(source, profile.sampling, changes.problems)
    chosen = choose(seen)
    text = fleet_text(name, profile, seen, chosen, datetime.now(UTC).date())
    _write(path, text, platform)
    return Onboarded(path, text, _seen(profile, source), (*profile.guesses, *_guesses(seen, chosen)), changes.problems)


def _require_free(path: Path, name: str, force: bool) -> None:
    if path.exists() and not force:
        raise ConfigError(
            f"there is a fleet {name} already",
            found=str(path),
            remedy="choose another name, or replace it with --force",
        )
    if not name.isidentifier() or name != name.lower() or not name[0].isalpha() or not name.isascii():
        raise ConfigError(
            f"{name!r} can't name a fleet", expected="lower-case letters, digits and _, starting with a letter"
        )


def _draft(name: str, profile: Profile) -> FleetConfig:
    """Describe just enough of the fleet to read its files as they will be read later."""
    document: dict[str, Any] = {"fleet": name, "sampling": profile.to_sampling(), "source": profile.to_source()}
    document |= {"sensors": profile.to_sensors(), "training": {"window": {"first": "1d"}}}
    return FleetConfig.model_validate(document | {"detectors": {"deviation": {"kind": "deviation"}}})


def _recorded(source: Source, sampling: timedelta, problems: dict[str, str]) -> Recorded:
    """Measure how long the fleet and its units were recorded."""
    whole = span_of(source.days())
    if whole is None:
        first = next(iter(problems.values()), "no reading in any file")
        raise IngestError(f"nothing in {source.folder} could be read", found=first, remedy="mend that file first")
    units = (
        pl.concat(list(_lives(source, whole)))
        .group_by("unit_id")
        .agg(pl.col("first").min(), pl.col("last").max(), pl.col("rows").sum())
    )
    lengths = units["last"] - units["first"] + sampling
    share = (units["rows"] * sampling.total_seconds() / lengths.dt.total_microseconds() * 1e6).median()
    length: timedelta = units["last"].max() - units["first"].min() + sampling  # type: ignore[assignment, operator]
    typical: timedelta = lengths.median()  # type: ignore[assignment]
    return Recorded(sampling, units.height, length, typical, min(1.0, float(share)), source.days())  # type: ignore[arg-type]


def _lives(source: Source, whole: Span) -> Iterator[pl.DataFrame]:
    """Give first and last reading and their number for every unit, piece by piece."""
    time = pl.col("time")
    for part in whole.chunks(source.days()):
        readings = source.readings(part.first_moment, part.last_moment).select("unit_id", "time")
        yield readings.group_by("unit_id").agg(
            time.min().alias("first"), time.max().alias("last"), pl.len().alias("rows")
        )


def _write(path: Path, text: str, platform: Platform) -> None:
    """Put the file in its place, whole, and only if it is good.

    Raises
    ------
    ConfigError
        If what was written is refused by the checks, which would be our mistake.
    """
    trial = platform.model_copy(update={"configs": platform.home / "drafts" / "onboard"})
    beside = trial.configs / "fleets" / path.name
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(text, encoding="utf-8")
    (looked,) = check_fleets(trial, [path.stem])
    if looked.faults:
        raise looked.faults[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.with_suffix(".yaml.tmp")
    kept.write_text(text, encoding="utf-8")
    kept.replace(path)
    beside.unlink()


def _seen(profile: Profile, source: Source) -> tuple[tuple[str, str], ...]:
    readings = sum(source.days().values())
    gaps = f"{profile.gaps:,}, the longest {profile.longest_gap}" if profile.gaps else "none"
    return (
        ("files", f"{len(source.files):,}" + (f", {len(profile.others)} left out" if profile.others else "")),
        ("readings", f"{readings:,} rows, {source.first_day} to {source.last_day}"),
        ("every", profile.to_sampling()),
        ("units", _named(profile.units)),
        ("sensors", _named(tuple(profile.sensors))),
        ("gaps", gaps),
    )


def _named(names: tuple[str, ...]) -> str:
    return f"{len(names)}: {', '.join(names[:NAMED])}{' ...' if len(names) > NAMED else ''}"


def _guesses(seen: Recorded, chosen: Choices) -> tuple[str, ...]:
    """Say what was chosen because of the recording's length and step."""
    learnt, every = format_duration(chosen.learnt), format_duration(chosen.every)
    whose = "every unit's own recording" if seen.per_unit else "the recording"
    windows = f"{format_duration(chosen.short)} and {format_duration(chosen.long)}"
    return (
        f"The first {learnt} of {whose} is taken as healthy and learnt from (training.window).",
        f"One window every {every} is scored, with statistics over {windows} (features).",
        f"At most {chosen.per_unit_day:g} false alarms per unit and day are tolerated (threshold).",
        "Ranges reach five times as far as what was seen; only what lies outside is called impossible (sensors).",
    )

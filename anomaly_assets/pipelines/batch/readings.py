"""Raw files in a fleet's own format, made into windows as the platform does it, in a place that is gone afterwards.

Nothing is scored here.
"""

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ...config import FleetConfig
from ...errors import AnomalyAssetsError, ScoringError
from ...ingest.discovery import reader
from ...ingest.files import matching
from ..days import Span, span_of
from ..prepare import clean_days, feature_days, pieces, stage
from ..site import Site
from .models import Opened
from .request import Facts, Request, Tell

SHOWN = 3
"""So many files that can't be read are named."""


def raw_windows(site: Site, request: Request, facts: Facts, tell: Tell) -> Iterator[pl.DataFrame]:
    """Make windows of raw files, by the configuration that the model was trained with.

    Files below the fleet's own raw folder are named from there, so that units are called as in the platform; others
    from the folder that holds them all. A window looks back on what these files say and on nothing else, so that the
    first ones may lack features that the platform, which has the days before, can tell.

    Parameters
    ----------
    facts : told the files, what was quarantined by rule, and warnings.

    Yields
    ------
    Rows of the fleet's features table, some days at a time, by time, then by unit.

    Raises
    ------
    ScoringError
        If no file can be read, or the models are of different fleets.
    """
    fleet = _fleet(site, facts.models)
    with cleaned_files(site, fleet, request.inputs, facts, tell) as (own, asked, span):
        feature_days(own, asked, span)
        yield from _windows(own, asked, span)


@contextmanager
def cleaned_files(
    site: Site, fleet: FleetConfig, inputs: Sequence[str], facts: Facts, tell: Tell
) -> Iterator[tuple[Site, FleetConfig, Span]]:
    """Parse and clean raw files in an installation of their own, which is gone afterwards.

    Yields
    ------
    That installation, the fleet as it reads these very files, and the days they tell of.

    Raises
    ------
    ScoringError
        If no file is meant, or none can be read.
    """
    root, names = raw_files(site, fleet, inputs)
    facts.files = tuple(root / name for name in names)
    source = fleet.source.model_copy(update={"include": tuple(map(glob.escape, names)), "exclude": ()})
    asked = fleet.model_copy(update={"source": source})
    with TemporaryDirectory(prefix="anomaly-assets-") as beside:
        own = _own_site(site, asked, root, Path(beside), tell)
        span = _staged(own, asked, names, facts)
        clean_days(own, asked, span)
        _count_quarantined(own, asked, span, facts)
        yield own, asked, span


def raw_files(site: Site, fleet: FleetConfig, patterns: Sequence[str]) -> tuple[Path, tuple[str, ...]]:
    """List raw files: what is named or meets a glob; of folders, what the fleet's file includes and its format reads.

    Returns
    -------
    The folder that names are relative to, and the names.

    Raises
    ------
    ScoringError
        If a pattern means nothing.
    """
    home = _own_folder(site, fleet)
    found = [file for pattern in patterns for file in _meant(pattern, fleet, home)]
    inside = home is not None and all(file.is_relative_to(home) for file in found)
    folders = [path for pattern in patterns if (path := Path(pattern).expanduser()).is_dir()]
    above = [path.resolve() for path in folders] + [file.parent for file in found]
    root = home if inside and home else Path(os.path.commonpath(above))
    return root, tuple(dict.fromkeys(file.relative_to(root).as_posix() for file in found))


def _meant(pattern: str, fleet: FleetConfig, home: Path | None) -> list[Path]:
    path = Path(pattern).expanduser()
    if path.is_dir():
        folder = path.resolve()
        top = home if home is not None and folder.is_relative_to(home) else folder
        takes = reader(fleet.source.format).takes
        names = [name for name in matching(top, fleet.source.include, fleet.source.exclude) if takes(name, fleet)]
        files = [file for name in names if (file := top / name).is_relative_to(folder)]
    else:
        met = [str(path)] if path.is_file() else sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207
        files = [Path(name).resolve() for name in met if Path(name).is_file()]
    if not files:
        raise ScoringError(
            f"there is no raw file {pattern}",
            expected=f"files of fleet {fleet.fleet} in the format {fleet.source.format}, a glob or a folder",
            remedy="check the path",
        )
    return files


def _own_folder(site: Site, fleet: FleetConfig) -> Path | None:
    with suppress(AnomalyAssetsError):
        return site.source(fleet).folder.resolve()
    return None


def _fleet(site: Site, models: tuple[Opened, ...]) -> FleetConfig:
    """Give the configuration that the (first) model was trained with; the fleet's file where a bundle doesn't tell."""
    names = sorted({model.bundle.manifest.fleet for model in models})
    if len(names) > 1:
        raise ScoringError(
            "models of different fleets read different raw files",
            found=" and ".join(names),
            remedy="compare them on features, or score one after the other",
        )
    return models[0].bundle.manifest.fleet_config or site.fleet(names[0])


def _own_site(site: Site, fleet: FleetConfig, root: Path, home: Path, tell: Tell) -> Site:
    platform = site.platform.model_copy(update={"home": home, "warehouse": home / "warehouse.duckdb"})
    return Site(platform, {fleet.fleet: root}, progress=tell)


def _staged(own: Site, fleet: FleetConfig, names: tuple[str, ...], facts: Facts) -> Span:
    """Parse the files and give the days they tell of; files that can't be read are a warning as long as others can."""
    changes = stage(own, fleet)
    problems = {name: said for name, said in changes.problems.items() if name in names}
    unknown = _strangers(own, fleet, names, changes.added)
    told = [*problems.values(), *(f"{name} holds no readings in the format {fleet.source.format}" for name in unknown)]
    span = span_of(own.source(fleet).days())
    if span is None:
        raise ScoringError(
            f"no reading of fleet {fleet.fleet} was found",
            found="; ".join(told[:SHOWN]) or f"{len(names)} files without a reading",
            expected=f"raw files in the format {fleet.source.format}",
            remedy="check the files; features that are built already are scored with --from features",
        )
    for sentence in told:
        facts.warn(sentence.rstrip("."))
    return span


def _strangers(own: Site, fleet: FleetConfig, names: tuple[str, ...], read: tuple[str, ...]) -> list[str]:
    """Name the files that are neither read nor go with one that is, such as C-MAPSS's remaining lives with a test."""
    folder, companions = own.source(fleet).folder, reader(fleet.source.format).companions
    beside = {path for name in read for path in companions(folder / name)}
    return [name for name in names if name not in read and folder / name not in beside]


def _count_quarantined(own: Site, fleet: FleetConfig, span: Span, facts: Facts) -> None:
    """Count what cleaning took out, and what files say of days without a reading, such as that they can't be read."""
    removed = own.warehouse.read(own.table(fleet, "quarantine"), span.start, span.end, columns=["rule"])
    source = own.source(fleet)
    beyond = [source.rejects(date.min, span.start), source.rejects(span.end, date.max)]
    rules = pl.concat([removed, *(rejects.select("rule") for rejects in beyond)])
    facts.quarantined.update(dict(rules.group_by("rule").len().sort("rule").iter_rows()))


def _windows(own: Site, fleet: FleetConfig, span: Span) -> Iterator[pl.DataFrame]:
    table = own.table(fleet, "features")
    days = own.warehouse.days(table, span.start, span.end)
    for part in pieces(own, f"{fleet.fleet}: windows", span, days):
        yield own.warehouse.read(table, part.start, part.end).sort("window_start", "unit_id")

"""A benchmark from folders to records: suites one after the other, what is broken named and left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from ...config import FleetConfig
from ...errors import AnomalyAssetsError, ConfigError
from .records import Record, record
from .rounds import Round
from .running import Result, run_round
from .selecting import Decided, decide

Tell = Callable[[str, int, int], None]


@dataclass
class Outcome:
    """Records, and what could not be read or run: a place and the sentence why."""

    records: list[Record] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@cache
def suites() -> tuple[str, ...]:
    """Name every suite."""
    package = import_module(f"{__package__}.suites")
    names = (module.name for module in iter_modules(package.__path__))
    return tuple(sorted(name for name in names if hasattr(_module(name), "rounds")))


def run_suite(suite: str, folder: Path, detectors: Sequence[str] = (), tell: Tell | None = None) -> Outcome:
    """Run one suite.

    Parameters
    ----------
    folder : holds the suites' folders; that of a suite begins with its name.
    detectors : names from the suite's file, or kinds; all when empty. Baselines always run.
    tell : told how far it has come.

    Raises
    ------
    ConfigError
        If there is no such suite.
    """
    outcome = Outcome()
    try:
        found = list(_module(_known(suite)).rounds(_folder(suite, folder)))
    except (AnomalyAssetsError, OSError) as error:
        outcome.problems.append((suite, str(error)))
        return outcome
    if not found:
        outcome.problems.append((suite, f"no recording of this suite's layout lies in {_folder(suite, folder)}"))
    seen = {name: why for one in found for name, why in one.recordings.problems.items()}
    outcome.problems += [(f"{suite}/{name}", why) for name, why in seen.items()]
    done = []
    for number, one in enumerate(found):
        busy = partial(tell or _nobody, done=number, of=len(found))
        done.append(_run(suite, one, detectors, outcome, busy))
    (tell or _nobody)(suite, len(found), len(found))
    for group in dict.fromkeys(one.group for one in found):
        mine = {one.name: results for one, results in zip(found, done, strict=True) if one.group == group and results}
        outcome.records += _records(suite, group, found[0].recordings.fleet, mine)
    return outcome


def _run(
    suite: str, one: Round, detectors: Sequence[str], outcome: Outcome, busy: Callable[[str], None]
) -> dict[str, Result]:
    results: dict[str, Result] = {}
    fleet = _narrowed(one.recordings.fleet, detectors)
    for found in run_round(fleet, one, lambda detector: busy(f"{suite} {one.group} {one.name}: {detector}")):
        if isinstance(found, Result):
            results[found.detector] = found
        else:
            outcome.problems.append((f"{suite}/{one.name}/{found[0]}", found[1]))
    return results


def _nobody(what: str, done: int, of: int) -> None:
    """Listen to no progress."""


def _records(suite: str, group: str, fleet: FleetConfig, results: dict[str, dict[str, Result]]) -> Iterator[Record]:
    by_detector: dict[str, list[Decided]] = {}
    for decided in decide(fleet, results):
        by_detector.setdefault(decided.detector, []).append(decided)
    for made in by_detector.values():
        yield record(suite, group, made)


def _narrowed(fleet: FleetConfig, wanted: Sequence[str]) -> FleetConfig:
    """Keep the wanted detectors and the baselines."""
    from ...detectors import detector_class

    if not wanted:
        return fleet
    kept = {
        name: config
        for name, config in fleet.detectors.items()
        if name in wanted or config.kind in wanted or detector_class(config.kind).tags.sanity_only
    }
    return fleet.model_copy(update={"detectors": kept})


def _known(suite: str) -> str:
    if suite not in suites():
        raise ConfigError(f"there is no suite {suite!r}", expected=f"one of {', '.join(suites())}", remedy="name one")
    return suite


def _folder(suite: str, folder: Path) -> Path:
    found = sorted(path for path in folder.glob(f"{suite}*") if path.is_dir())
    if not found:
        raise ConfigError(
            f"there are no recordings for the suite {suite}",
            expected=f"a folder {suite}* in {folder}",
            remedy="put the published files there; the README says where they can be had",
        )
    return found[0]


def _module(suite: str) -> Any:
    return import_module(f"{__package__}.suites.{suite}")

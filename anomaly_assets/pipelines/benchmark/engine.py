"""A benchmark from folders to records: suites one after the other, what is broken named and left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from ...config import FleetConfig
from ...errors import AnomalyAssetsError, ConfigError
from .lives import lives
from .nab_results import write_results
from .records import Record, record
from .rounds import Round
from .running import Result, run_round
from .selecting import Decided, decide
from .suites.common import fleet_of

Tell = Callable[[str, int, int], None]
"""Called with the suite, how much of it is done, and how much there is."""


LABEL_FREE = "label-free"
"""The group that tells how a suite with labels of other rounds would have fared without them."""


@dataclass
class Outcome:
    """Records, ends of life where a suite has them, and what could not be read or run: a place and the sentence why."""

    records: list[Record] = field(default_factory=list)
    lives: list[Record] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@cache
def suite_names() -> tuple[str, ...]:
    """Name every suite."""
    package = import_module(f"{__package__}.suites")
    names = (module.name for module in iter_modules(package.__path__))
    return tuple(sorted(name for name in names if hasattr(_module(name), "rounds")))


def headline(suite: str) -> str:
    """Name the number that a suite's detectors are compared by."""
    return str(_module(_require(suite, suite_names(), "suite")).HEADLINE)


def beside(suite: str) -> tuple[str, ...]:
    """Name the numbers that a suite is told in besides those of all suites."""
    return tuple(getattr(_module(_require(suite, suite_names(), "suite")), "BESIDE", ()))


def run_suite(
    suite: str, folder: Path, detectors: Sequence[str] = (), tell: Tell | None = None, nab: Path | None = None
) -> Outcome:
    """Run one suite.

    Parameters
    ----------
    folder : holds the suites' folders; that of a suite begins with its name.
    detectors : names from the suite's file, or kinds; all when empty. Baselines always run.
    tell : told how far it has come.
    nab : where to write what was decided in NAB's own format; see nab_results.py.

    Raises
    ------
    ConfigError
        If there is no such suite, or a detector is in no suite's file.
    """
    outcome, tell = Outcome(), tell or _nobody
    check_names([suite], detectors)
    tell(suite, 0, 1)
    found = _rounds(suite, folder, outcome)
    done = [
        _run(suite, one, detectors, outcome, _Counted(suite, number, len(found), tell))
        for number, one in enumerate(found)
    ]
    for group in dict.fromkeys(one.group for one in found):
        mine = {one.name: results for one, results in zip(found, done, strict=True) if one.group == group and results}
        decided = list(decide(found[0].recordings.fleet, mine))
        outcome.records += _records(suite, group, decided)
        if getattr(_module(suite), "ENDS_OF_LIFE", False):
            outcome.lives += lives(suite, decided)
        if found[0].labels == "other_rounds":
            blind = list(decide(found[0].recordings.fleet, {name: _blind(done) for name, done in mine.items()}))
            outcome.records += _records(suite, LABEL_FREE, blind)
        if nab is not None:
            write_results(decided, nab)
    return outcome


def check_names(chosen: Sequence[str], detectors: Sequence[str] = ()) -> None:
    """Check what a person asked for, before hours go by.

    Raises
    ------
    ConfigError
        If there is no such suite, or a detector is neither a name nor a kind in any suite's file.
    """
    for suite in chosen:
        _require(suite, suite_names(), "suite")
    if detectors:
        files = [fleet_of(suite).detectors for suite in suite_names()]
        known = {name for file in files for entry, config in file.items() for name in (entry, config.kind)}
        for name in detectors:
            _require(name, sorted(known), "detector in any suite")


def _rounds(suite: str, folder: Path, outcome: Outcome) -> list[Round]:
    """Collect a suite's rounds; files that can't be read are problems, and so is a suite without any round."""
    found: list[Round] = []
    try:
        place = _folder(suite, folder)
        found.extend(_module(suite).rounds(place))
    except (AnomalyAssetsError, OSError) as error:
        outcome.problems.append((suite, str(error)))
        return found
    if not found:
        outcome.problems.append((suite, f"no recording of this suite's layout lies in {place}"))
    seen = {name: why for one in found for name, why in one.recordings.problems.items()}
    outcome.problems += [(f"{suite}/{name}", why) for name, why in seen.items()]
    return found


@dataclass
class _Counted:
    """Tells how far a suite has come, detector by detector."""

    suite: str
    number: int
    of: int
    tell: Tell

    def __call__(self, done: int, detectors: int) -> None:
        self.tell(self.suite, self.number * detectors + done, self.of * detectors)


def _run(
    suite: str, one: Round, detectors: Sequence[str], outcome: Outcome, counted: Callable[[int, int], None]
) -> dict[str, Result]:
    results: dict[str, Result] = {}
    fleet = _narrowed(one.recordings.fleet, detectors)
    for done, found in enumerate(run_round(fleet, one), start=1):
        counted(done, len(fleet.detectors))
        if isinstance(found, Result):
            results[found.detector] = found
        else:
            outcome.problems.append((f"{suite}/{one.name}/{found[0]}", found[1]))
    counted(len(fleet.detectors), len(fleet.detectors))
    return results


def _nobody(what: str, done: int, of: int) -> None:
    """Listen to no progress."""


def _records(suite: str, group: str, decided: Sequence[Decided]) -> Iterator[Record]:
    for detector in dict.fromkeys(one.detector for one in decided):
        yield record(suite, group, [one for one in decided if one.detector == detector])


def _blind(results: dict[str, Result]) -> dict[str, Result]:
    """The same results, as if nobody had labels: own thresholds, and a choice by injected faults."""
    return {d: replace(found, round=replace(found.round, labels="none")) for d, found in results.items()}


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


def _require(name: str, known: Sequence[str], what: str) -> str:
    if name not in known:
        close = get_close_matches(name, known, n=1)
        remedy = f"did you mean {close[0]!r}?" if close else "name one of these"
        raise ConfigError(f"there is no {what} {name!r}", expected=", ".join(known), remedy=remedy)
    return name


def _folder(suite: str, folder: Path) -> Path:
    name = str(getattr(_module(suite), "FOLDER", suite))
    found = sorted(path for path in folder.glob(f"{name}*") if path.is_dir())
    if not found:
        raise ConfigError(
            f"there are no recordings for the suite {suite}",
            expected=f"a folder {name}* in {folder}",
            remedy="put the published files there; the README says where they can be had",
        )
    return found[0]


def _module(suite: str) -> Any:
    return import_module(f"{__package__}.suites.{suite}")

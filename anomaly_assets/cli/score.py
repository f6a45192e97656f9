"""``anomaly-assets score``: files scored by a trained model, from a cron line or by hand."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..config import platform
from .console import Tell, errors, progress, warn
from .dates import moment_of
from .journal import Note, journal

if TYPE_CHECKING:
    from ..pipelines.batch import Request

COUNTED = {"scoring": "rows", "writing": "rows"}
ALARMS = 1
"""Exit code where alarms were found and that was to be told."""


Source = Literal["features", "readings"]
Invalid = Literal["impute", "skip", "fail"]


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a finite number is needed")
    return value


def _share(value: float) -> float:
    if not 0 < value < 1:
        raise typer.BadParameter("a share between 0 and 1 is needed, such as 0.05")
    return value


Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        metavar="M",
        help="FLEET (its champion), FLEET/DETECTOR\\[/VERSION], a bundle's folder or a .joblib. Twice to compare two.",
    ),
]
Inputs = Annotated[
    list[str], typer.Option("--input", metavar="FILE", help="CSV or Parquet (.gz too), glob or folder. Repeatable.")
]
More = Annotated[list[str] | None, typer.Argument(metavar="FILE", help="More inputs, as a shell's glob gives.")]
Output = Annotated[
    Path, typer.Option(metavar="STEM", help="Writes STEM.csv, STEM.parquet and STEM_metadata.json, all or none.")
]
Threshold = Annotated[
    float | None, typer.Option(callback=_finite, help="Alarm above this score instead of the model's own threshold.")
]
BatchSize = Annotated[int, typer.Option(min=1, help="Rows in memory at a time; it changes no number.")]
From = Annotated[Source, typer.Option("--from", help="What the files hold: one window a row, or raw readings.")]
Explain = Annotated[bool, typer.Option("--explain", help="Name the top three sensors of every alarm.")]
OnInvalid = Annotated[
    Invalid, typer.Option(help="Rows with null, NaN or Inf: take the cell as missing, leave the row out, or stop.")
]
Keep = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Keep this column, too. Repeatable.")]
Unit = Annotated[str | None, typer.Option("--unit-column", metavar="COLUMN", help="Says which unit a row is of.")]
Time = Annotated[str | None, typer.Option("--time-column", metavar="COLUMN", help="Says which moment a row is of.")]
Contamination = Annotated[
    float, typer.Option(callback=_share, help="Share of rows that alarm where a model has no threshold.")
]
Trust = Annotated[bool, typer.Option("--trust-pickle", help="Open a .joblib, which can run any code its maker wrote.")]
ScoredAt = Annotated[
    datetime | None,
    typer.Option(parser=moment_of, metavar="ISO", help="Moment written as scored_at; UTC unless it says otherwise."),
]
LogFile = Annotated[Path | None, typer.Option(metavar="PATH", help="Append a line for every event here.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Tell of every batch.")]
FailOnAlarm = Annotated[bool, typer.Option("--fail-on-alarm", help="Exit with 1 if a row alarms.")]


def score(  # noqa: PLR0917 - typer takes options as parameters
    model: Models,
    given: Inputs,
    output: Output,
    more: More = None,
    threshold: Threshold = None,
    batch_size: BatchSize = 100_000,
    source: From = "features",
    explain: Explain = False,
    on_invalid: OnInvalid = "impute",
    keep: Keep = None,
    unit_column: Unit = None,
    time_column: Time = None,
    contamination: Contamination = 0.05,
    trust_pickle: Trust = False,
    scored_at: ScoredAt = None,
    log_file: LogFile = None,
    verbose: Verbose = False,
    fail_on_alarm: FailOnAlarm = False,
) -> None:
    """Score files with a trained model: scores, alarms and their ranks as CSV and Parquet, and what was done as JSON.

    Exit codes: 0 scored, 1 alarms were found (with --fail-on-alarm), 2 a mistake to mend, 3 unexpected.

    After any failure the files of an earlier run are as they were, and no part of new ones is left.

    Examples:

      anomaly-assets score --model river --input 'new/*.csv' --output out/river --from readings

      anomaly-assets score --model river/deviation/3 --input features.parquet --output out/river --explain

      anomaly-assets score --model river --model river/isolation_forest --input features.csv --output out/compared
    """
    from ..pipelines.batch import Request

    request = Request(
        models=tuple(model),
        inputs=(*given, *(more or ())),
        output=output,
        threshold=threshold,
        batch_size=batch_size,
        source=source,
        explain=explain,
        on_invalid=on_invalid,
        keep=tuple(keep or ()),
        unit_column=unit_column,
        time_column=time_column,
        contamination=contamination,
        trust_pickle=trust_pickle,
        scored_at=scored_at,
    )
    with journal(log_file) as note:
        alarming = _scored(request, note, verbose)
    if alarming and fail_on_alarm:
        raise typer.Exit(ALARMS)


def _scored(request: "Request", note: Note, verbose: bool) -> int:
    """Score, tell what came of it, and give the number of alarming rows."""
    from ..pipelines import Site
    from ..pipelines.batch import score_files
    from .score_told import tell_outcome

    with _telling(note, verbose) as (tell, heard):
        outcome = score_files(Site(platform()), request, tell, heard)
    tell_outcome(outcome, request)
    return outcome.alarming


@contextmanager
def _telling(note: Note, verbose: bool) -> Iterator[tuple[Tell, Note]]:
    """Show how far it is, or every batch; warnings come once the bars are gone, also if it fails."""
    warnings: list[str] = []

    def heard(kind: str, sentence: str) -> None:
        note(kind, sentence)
        if kind == "warning":
            warnings.append(sentence)
        elif verbose:
            errors().print(f"{kind}: {sentence}", markup=False, soft_wrap=True)

    try:
        if verbose:
            yield lambda what, done, of: None, heard
        else:
            with progress(COUNTED) as tell:
                yield tell, heard
    finally:
        warn(warnings)

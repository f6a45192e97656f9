"""The job ``batch_scores``: an operator scores any file from the launchpad. How it is scored is in pipelines/batch."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from ..pipelines.batch import Agreement, BatchOutcome, Request, score_files
from .reporting import Facts, as_markdown, failed
from .site_resource import SiteResource

EXAMPLE = """
ops:
  score_files:
    config:
      model: river
      inputs: [/data/new/*.csv]
      output: /data/scored/river
      source: readings
      explain: true
"""
DESCRIPTION = f"""Score any files with a trained model into STEM.csv, STEM.parquet and STEM_metadata.json.

All three are put in place together; after a failure the files of an earlier run are as they were.
Paths are those of the machine that runs the job. An example for the launchpad:

```yaml{EXAMPLE}```

The same on the command line: `anomaly-assets score --help`.
"""


class Source(Enum):
    """What the input files hold."""

    features = "features"
    readings = "readings"


class OnInvalid(Enum):
    """What becomes of a row with an invalid cell."""

    impute = "impute"
    skip = "skip"
    fail = "fail"


class BatchConfig(dg.Config):
    """What is asked in the launchpad."""

    model: str = Field(
        description="FLEET (its champion), FLEET/DETECTOR[/VERSION], a bundle's folder, or a .joblib that is trusted."
    )
    inputs: list[str] = Field(description="CSV or Parquet files, globs and folders.")
    output: str = Field(description="STEM of the three files that are written; its folder must be there.")
    compare_with: str | None = Field(default=None, description="A second model, to be compared on the same rows.")
    threshold: float | None = Field(default=None, description="Alarm above this score, not above the model's own.")
    source: Source = Field(default=Source.features, description="One window a row, or raw readings.")
    explain: bool = Field(default=False, description="Name the top three sensors of every alarm.")
    on_invalid: OnInvalid = Field(
        default=OnInvalid.impute, description="Cells with null, NaN or Inf: taken as missing, row left out, or stop."
    )

    batch_size: int = Field(default=100_000, description="Rows in memory at a time; it changes no number.")
    keep: list[str] = Field(default=[], description="Columns that are kept besides the known ones.")
    unit_column: str | None = Field(default=None, description="Says which unit a row is of; guessed when not given.")
    time_column: str | None = Field(default=None, description="Says which moment a row is of; guessed when not given.")
    contamination: float = Field(default=0.05, description="Share of rows that alarm where a model has no threshold.")
    trust_pickle: bool = Field(default=False, description="Open a .joblib, which can run any code its maker wrote.")

    def request(self) -> Request:
        """Ask the pipeline for it."""
        return Request(
            models=(self.model,) if self.compare_with is None else (self.model, self.compare_with),
            inputs=tuple(self.inputs),
            output=Path(self.output),
            threshold=self.threshold,
            source=self.source.value,
            explain=self.explain,
            on_invalid=self.on_invalid.value,
            batch_size=self.batch_size,
            keep=tuple(self.keep),
            unit_column=self.unit_column,
            time_column=self.time_column,
            contamination=self.contamination,
            trust_pickle=self.trust_pickle,
        )


@dg.op(name="score_files", out=dg.Out(dg.Nothing), description="Score files as one whole.")
def score_op(context: dg.OpExecutionContext, config: BatchConfig, site: SiteResource) -> Iterator[Any]:
    """Score, and say what came of it."""
    opened = site.open(context)

    def note(kind: str, sentence: str) -> None:
        (context.log.warning if kind == "warning" else context.log.info)(f"{kind}: {sentence}")

    with failed():
        outcome = score_files(opened, config.request(), opened.tell, note)
    yield dg.Output(None, metadata=told_of(outcome))


@dg.job(name="batch_scores", description=DESCRIPTION)
def batch_scores() -> None:
    """Score any files with a trained model."""
    score_op()


def told_of(outcome: BatchOutcome) -> Facts:
    """Say in metadata what came of a batch."""
    csv, parquet, metadata = (dg.MetadataValue.path(str(path.absolute())) for path in outcome.files)
    first = outcome.judged[0]
    facts: Facts = {
        "rows": outcome.rows,
        "alarms": outcome.alarming,
        "threshold": first.threshold if first.threshold is not None else str(first.thresholds),
        "seconds": outcome.seconds,
        "rows_per_second": round(outcome.rows_per_second),
        "csv": csv,
        "parquet": parquet,
        "metadata": metadata,
        "worst_alarms": as_markdown(outcome.worst, outcome.worst.height) if outcome.worst.height else "none",
    }
    if outcome.facts.warnings:
        facts["warnings"] = dg.MetadataValue.md("\n".join(f"- {sentence}" for sentence in outcome.facts.warnings))
    return facts | (_agreed(outcome.agreement) if outcome.agreement else {})


def _agreed(agreement: Agreement) -> Facts:
    figures: Facts = {**agreement.flagged, "spearman": agreement.spearman}
    shown = as_markdown(agreement.disagreements, agreement.disagreements.height)
    known = {name: value for name, value in figures.items() if value is not None}
    return known | {"largest_disagreements": shown}

"""What is asked of a batch scoring, and what was counted on the way. Values only: nothing is read or scored here."""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from ...errors import ScoringError
from ..site import Progress
from .models import Opened

OnInvalid = Literal["impute", "skip", "fail"]
"""What becomes of a row with an invalid cell: the cell counts as missing, the row is left out, or nothing is scored."""

InputKind = Literal["features", "readings"]
"""What the input files hold: features, one window a row, or the fleet's raw readings."""

Tell = Progress
"""Called with what is being done, how many rows (or files, or days) of it are done, and how many there are; 0 where
that isn't known."""


@dataclass(frozen=True)
class Request:
    """One batch scoring.

    Attributes
    ----------
    models : one model or two to compare: ``fleet``, ``fleet/detector[/version]``, a bundle's folder or a ``.joblib``.
    inputs : files, folders and globs.
    output : where the results go, without an extension.
    threshold : takes the place of the models' own.
    batch_size : rows that are scored at a time; it changes no number.
    source : what the input files hold.
    explain : whether the sensors behind an alarm are told.
    on_invalid : what becomes of cells without a finite number; they are counted in any case.
    keep : columns that are kept besides the known ones, as they came.
    unit_column, time_column : the columns that say which unit and which moment a row is of; guessed by name when None.
    contamination : share of rows that alarm where a model has no threshold.
    trust_pickle : whether a ``.joblib`` may be opened, which can run any code.
    scored_at : moment that is written as the moment of scoring; now when None.

    Raises
    ------
    ScoringError
        If a number makes no sense: a threshold that isn't finite, batches without rows, a share beyond 0 and 1.
    """

    models: tuple[str, ...]
    inputs: tuple[str, ...]
    output: Path
    threshold: float | None = None
    batch_size: int = 100_000
    source: InputKind = "features"
    explain: bool = False
    on_invalid: OnInvalid = "impute"
    keep: tuple[str, ...] = ()
    unit_column: str | None = None
    time_column: str | None = None
    contamination: float = 0.05
    trust_pickle: bool = False
    scored_at: datetime | None = None

    def __post_init__(self) -> None:
        asked = (
            ("threshold", self.threshold, "a finite number", self.threshold is None or math.isfinite(self.threshold)),
            ("batch size", self.batch_size, "at least one row", self.batch_size >= 1),
            ("contamination", self.contamination, "a share between 0 and 1, such as 0.05", 0 < self.contamination < 1),
        )
        for name, found, expected, sensible in asked:
            if not sensible:
                raise ScoringError(f"the {name} makes no sense", found=found, expected=expected)


@dataclass
class Facts:
    """What was read, scored and left out; whole once the last frame has been taken.

    Attributes
    ----------
    rows_read, rows_scored : of the input, of the output.
    invalid : cells without a finite number, by rule (``null``, ``nan``, ``infinite``, ``not a number``) and column.
    invalid_rows : rows with at least one of them.
    imputed : cells that were taken as missing in rows that were scored.
    skipped : rows left out, by reason.
    quarantined : raw readings left out, by rule.
    in_training : scored rows that lay in the training window of a model, by the place of the model (0, 1).
    dropped, kept : columns of the input that were dropped, and kept beside the features.
    features : features that were used, in order; of two models those of either.
    files : what was read.
    first, last : earliest and latest moment of the rows; None where they have none.
    warnings : what a person should know, in sentences, each once.
    models : what scored.
    """

    rows_read: int = 0
    rows_scored: int = 0
    invalid: dict[str, Counter[str]] = field(default_factory=dict)
    invalid_rows: int = 0
    imputed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    in_training: Counter[int] = field(default_factory=Counter)
    dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    warnings: list[str] = field(default_factory=list)
    models: tuple[Opened, ...] = ()

    def warn(self, sentence: str) -> None:
        """Note a warning, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

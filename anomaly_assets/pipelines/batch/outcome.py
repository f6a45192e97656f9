"""What came of a batch, for those who tell people about it."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from .comparing import Agreement
from .judging import Judged
from .request import Facts
from .spool import Spool
from .targets import Targets

WORST = 10
"""So many alarms are shown to people."""


@dataclass(frozen=True)
class BatchOutcome:
    """What came of a batch.

    Attributes
    ----------
    facts : what was read, scored and left out.
    judged : verdicts, one for each model.
    agreement : of two models; None with one.
    worst : the alarms of the first model with the highest scores, the worst first: kept columns, score and threshold.
    files : where the results lie.
    scored_at : as written.
    seconds : from opening the model to the last row written.
    opening : those of them that went by before the first row was asked for.
    """

    facts: Facts
    judged: tuple[Judged, ...]
    agreement: Agreement | None
    worst: pl.DataFrame
    files: Targets
    scored_at: datetime
    seconds: float
    opening: float

    @property
    def rows(self) -> int:
        """Rows of the output."""
        return len(self.judged[0].scores)

    @property
    def rows_per_second(self) -> float:
        """Rows read, scored and written a second, without opening the model."""
        return self.rows / max(self.seconds - self.opening, 1e-9)

    @property
    def alarming(self) -> int:
        """Rows that at least one model calls anomalous."""
        return self.agreement.either if self.agreement else self.judged[0].alarms


def worst_alarms(spool: Spool, judged: Judged, kept: tuple[str, ...]) -> pl.DataFrame:
    """Give the alarms with the highest scores, the worst first: row (from 1), kept columns, score."""
    places = judged.worst_first[:WORST].tolist()
    told = spool.rows_at(places, [*kept, f"anomaly_score{judged.suffix}"])
    return pl.DataFrame({"row": pl.Series(places, dtype=pl.Int64) + 1}).hstack(told)

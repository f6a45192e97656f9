"""One batch from files to files: scored row by row, judged as a whole, written beside and put in place.

How rows are read and scored belongs in scoring.py, how files come to be in files.py.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

import polars as pl

from ...errors import ScoringError
from ..site import Site
from .comparing import compare
from .files import new_files, sweep, unwritable
from .judging import Judged, columns, judge
from .metadata import as_json
from .outcome import BatchOutcome, worst_alarms
from .request import Facts, Request, Tell
from .scoring import Scoring
from .spool import Spool
from .targets import Targets, refuse_overwriting, targets
from .writing import write_rows

Note = Callable[[str, str], None]
"""Called with a kind of event (``start``, ``input``, ``warning``, ``batch``, ``result``) and a sentence."""


class ScoredRows(Protocol):
    """What is written: rows with scores, a batch at a time, and what was counted on the way."""

    @property
    def facts(self) -> Facts:
        """Whole once the last frame has been taken."""

    def frames(self) -> Iterator[pl.DataFrame]:
        """Output rows in the input's order; see `Scoring.frames`."""


def score_files(site: Site, request: Request, tell: Tell | None = None, note: Note | None = None) -> BatchOutcome:
    """Score files into ``STEM.csv``, ``STEM.parquet`` and ``STEM_metadata.json``.

    Equal inputs, models and ``scored_at`` give equal bytes in the first two, whatever the size of the batches. What
    lay under these names stays until all three are complete.

    Parameters
    ----------
    tell : told how far it is.
    note : told what happens, for a log.

    Raises
    ------
    ScoringError
        If the input doesn't fit the model, or the output can't be written.
    RegistryError
        If there is no such model, or it is damaged.
    """
    told = tell or (lambda what, done, of: None)
    return write_scores(lambda: Scoring(site, request, told), request, told, note or (lambda kind, sentence: None))


def write_scores(scored: Callable[[], ScoredRows], request: Request, tell: Tell, note: Note) -> BatchOutcome:
    """Let rows be scored and write them; see `score_files`. Whether they can be written is found out first."""
    if len(request.models) not in (1, 2):
        raise ScoringError("one model scores, or two are compared", found=f"{len(request.models)} models")
    batch = _Batch(request, targets(request.output), tell, note)
    with unwritable(request.output):
        sweep(batch.files)
        spool = Spool(batch.files.csv.parent)
    with spool, _enough_memory(request):
        note("start", f"{' and '.join(request.models)} on {', '.join(request.inputs)} into {batch.files.csv}")
        batch.take(scored(), spool)
        return batch.finish(spool)


class _Batch:
    """One batch on its way: first every row is taken, then the whole is finished."""

    def __init__(self, request: Request, files: Targets, tell: Tell, note: Note) -> None:
        self.request, self.files, self.tell, self.note = request, files, tell, note
        self.began = time.perf_counter()
        self.scored_at = _utc(request.scored_at or datetime.now(UTC).replace(microsecond=0))
        self.suffixes = ("_1", "_2") if len(request.models) > 1 else ("",)
        self.facts, self.opening, self._warned = Facts(), 0.0, 0

    def take(self, scored: ScoredRows, spool: Spool) -> None:
        """Let every row be scored, and keep it."""
        self.facts, lap = scored.facts, time.perf_counter()
        self.opening = lap - self.began
        for frame in scored.frames():
            if not spool.rows:
                refuse_overwriting(self.files, self.facts.files)
            with unwritable(self.request.output):
                spool.append(frame)
            now = time.perf_counter()
            self.note("batch", f"{frame.height:,} rows scored in {now - lap:.2f} s, {spool.rows:,} so far")
            self._pass_warnings_on()
            lap = now
        if not spool.schema:
            raise ScoringError("there is no row to score", found=f"{self.facts.rows_read} rows in the input")
        self.note("input", f"{self.facts.rows_read:,} rows in {', '.join(map(str, self.facts.files))}")
        with unwritable(self.request.output):
            spool.close()

    def finish(self, spool: Spool) -> BatchOutcome:
        """Judge the rows as a whole and write them."""
        judged = tuple(judge(spool, suffix, self.request.contamination) for suffix in self.suffixes)
        self._warn_of_found_thresholds(judged)
        agreement = compare(spool, *judged, self.facts.kept) if len(judged) == 2 else None
        worst = worst_alarms(spool, judged[0], self.facts.kept)
        with unwritable(self.request.output), new_files(self.files) as (csv, parquet, metadata):
            self._write(spool, judged, csv, parquet)
            took = time.perf_counter() - self.began
            outcome = BatchOutcome(self.facts, judged, agreement, worst, self.files, self.scored_at, took, self.opening)
            metadata.write(as_json(outcome, self.request))
        told = f"{outcome.rows:,} rows, {outcome.alarming:,} alarming, {took:.2f} s"
        self.note("result", f"{told}: {', '.join(map(str, self.files))}")
        return outcome

    def _write(self, spool: Spool, judged: tuple[Judged, ...], csv: BinaryIO, parquet: BinaryIO) -> None:
        order = columns(spool.schema, self.suffixes, self.request.explain)
        flags = [f"is_anomaly{suffix}" for suffix in self.suffixes]
        schema = self._finished(pl.DataFrame(schema=spool.schema), 0, judged).select(order).schema

        def pieces() -> Iterator[pl.DataFrame]:
            start = 0
            for piece in spool.pieces():
                yield self._finished(piece, start, judged).select(order)
                start += piece.height
                self.tell("writing", start, spool.rows)

        write_rows(pieces(), flags, schema, csv, parquet)

    def _finished(self, piece: pl.DataFrame, start: int, judged: tuple[Judged, ...]) -> pl.DataFrame:
        """Give a piece that begins at row ``start`` its verdicts, ranks and moment."""
        moment = pl.lit(self.scored_at).cast(pl.Datetime("us", "UTC"))
        return piece.with_columns(
            *(column for one in judged for column in one.columns(start, piece.height)), moment.alias("scored_at")
        )

    def _warn_of_found_thresholds(self, judged: tuple[Judged, ...]) -> None:
        for opened, one in zip(self.facts.models, judged, strict=True):
            if one.found is not None:
                why = "; its alarms are not explained" if self.request.explain else ""
                self.facts.warn(
                    f"{opened.name} has no threshold: {one.found:.6g} is used, which at most a share of "
                    f"{self.request.contamination:g} of these very scores exceeds (--contamination){why}"
                )
        self._pass_warnings_on()

    def _pass_warnings_on(self) -> None:
        for sentence in self.facts.warnings[self._warned :]:
            self.note("warning", sentence)
        self._warned = len(self.facts.warnings)


def _utc(moment: datetime) -> datetime:
    """Give a moment in UTC; one without a time zone is in UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@contextmanager
def _enough_memory(request: Request) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise ScoringError(
            "there is not enough memory for this batch",
            found=f"batches of {request.batch_size:,} rows",
            remedy=f"score fewer rows at a time, such as --batch-size {max(1, request.batch_size // 10)}",
        ) from error

"""Files in, scored rows out, a batch at a time, in the order in which they came. Writing them is told in run.py.

Which rows are scored is decided here; how a model scores them in voices.py.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import cast

import polars as pl

from ...contracts import explanation_columns, kind_columns
from ..site import Site
from .aligned_rows import KEPT, START, aligned
from .aligning import Alignment, Needs, Wanted, align, require_alike
from .finding import find_inputs
from .inputs import READ_ROWS, InputFile, expected_rows, in_batches, open_input, read_rows
from .models import open_model
from .noting import note_columns, note_rows
from .readings import raw_windows
from .request import Facts, Request, Tell
from .sieve import sieved
from .voices import VERDICT, Voice

_ADDED = ("severity_rank", "scored_at")


class Scoring:
    """One batch scoring on its way.

    Parameters
    ----------
    request : what is asked.
    tell : told how many rows are scored, and how many there will be, which is an estimate for text.

    Attributes
    ----------
    facts : what was counted so far; whole once the last frame has been taken.

    Raises
    ------
    ScoringError
        If there is no such model.
    RegistryError
        If a model is damaged.
    """

    def __init__(self, site: Site, request: Request, tell: Tell) -> None:
        self.site, self.request, self.tell = site, request, tell
        opened = tuple(open_model(site, name, trust_pickle=request.trust_pickle) for name in request.models)
        self.facts = Facts(models=opened)
        self._voices = [Voice(model, request) for model in opened]
        self._needs = _needs(self._voices)
        self._alignment: Alignment | None = None
        self._first = ""
        self._untimed = 0
        for model in opened:
            for sentence in model.warnings:
                self.facts.warn(sentence)
            if request.explain and not model.bundle.detector.tags.explains:
                self.facts.warn(f"{model.name} can't say which sensors an alarm comes from; those columns stay empty")

    def frames(self) -> Iterator[pl.DataFrame]:
        """Score everything, ``request.batch_size`` rows at a time; the size changes no number.

        Yields
        ------
        (n_rows,) the kept columns as they came; the features as Float64, null where there was no finite number; per
        model anomaly_score, is_anomaly (Boolean) and threshold_used (Float64), both null where no threshold is known,
        model_name, and with ``explain`` the explanation columns of the scores table. With two models these end in
        ``_1`` and ``_2``.

        Raises
        ------
        ScoringError
            If the input can't be read or doesn't fit the models.
        """
        for rows in in_batches(self._usable(), self.request.batch_size):
            yield self._scored(rows)
            self.tell("scoring", self.facts.rows_scored, max(self._expected, self.facts.rows_scored))
        note_rows(self.facts, self._alignment, self._voices, self._untimed)

    def _scored(self, rows: pl.DataFrame) -> pl.DataFrame:
        told = [voice.judge(rows) for voice in self._voices]
        if len(told) > 1:
            told = [frame.select(pl.all().name.suffix(f"_{n}")) for n, frame in enumerate(told, start=1)]
        self._count(rows[START])
        kept = [pl.col(f"{KEPT}{name}").alias(name) for name in self.facts.kept]
        return pl.concat([rows.select(*kept, *self._needs.features), *told], how="horizontal")

    def _count(self, start: pl.Series) -> None:
        facts = self.facts
        facts.rows_scored += start.len()
        facts.in_training = Counter({place: voice.in_training for place, voice in enumerate(self._voices)})
        self._untimed += start.null_count()
        moments = [cast(datetime, moment) for moment in (facts.first, facts.last, start.min(), start.max()) if moment]
        facts.first, facts.last = min(moments, default=None), max(moments, default=None)

    def _usable(self) -> Iterator[pl.DataFrame]:
        """Read every file and leave out what can't be scored, counted."""
        at_a_time = min(READ_ROWS, max(self.request.batch_size, 1_000))
        for file in self._files():
            alignment, read = self._aligned(file), 0
            for rows in read_rows(file, aligned(file, alignment), at_a_time):
                read += rows.height
                yield sieved(file, rows, self.request.on_invalid, self.facts)
            if not read:
                self.facts.warn(f"{file.name} has no rows")

    def _files(self) -> Iterator[InputFile]:
        if self.request.source == "readings":
            self._expected = 0
            for windows in raw_windows(self.site, self.request, self.facts, self.tell):
                self._expected += windows.height
                yield InputFile.around("the raw readings", windows)
            return
        paths, said = find_inputs(self.request.inputs, self.request.output)
        self.facts.files = paths
        for sentence in said:
            self.facts.warn(sentence)
        files = [open_input(path) for path in paths]
        for file in files:  # all of them, before hours are spent on the first
            self._aligned(file)
        self._expected = expected_rows(paths)
        yield from files

    _expected = 0

    def _aligned(self, file: InputFile) -> Alignment:
        """Match a file with the first one, which is matched with what the models need."""
        if self._alignment is not None:
            require_alike(file, self._alignment, self._first)
            return self._alignment
        wanted = Wanted(self.request.unit_column, self.request.time_column, self.request.keep)
        self._first = file.name
        self._alignment = align(file, self._needs, wanted, self._reserved())
        note_columns(self.facts, self._alignment, self._voices, self.request)
        return self._alignment

    def _reserved(self) -> frozenset[str]:
        """Names that the output has for itself."""
        kinds = kind_columns() if any(voice.bundle.detector.tags.knows_kinds for voice in self._voices) else ()
        names = (*VERDICT, *_ADDED, *(explanation_columns() if self.request.explain else ()), *kinds)
        several = len(self._voices) > 1
        return frozenset({*(f"{name}_{n}" for name in names for n in (1, 2)), *_ADDED} if several else names)


def _needs(voices: list[Voice]) -> Needs:
    """Put together what models need."""
    features = dict.fromkeys(name for voice in voices for name in voice.bundle.manifest.features)
    sensors = dict.fromkeys(name for voice in voices for name in voice.sensors)
    return Needs(tuple(features), tuple(sensors), next((why for voice in voices if (why := voice.why_time)), None))

"""Protocols: who is learnt from and who is judged are apart, and what is judged stays unseen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from anomaly_assets.pipelines.benchmark import suite_names
from anomaly_assets.pipelines.benchmark.rounds import Round
from anomaly_assets.pipelines.benchmark.selecting import Decided
from anomaly_assets.pipelines.training_spans import inside

from .conftest import Ran, Rounds
from .layouts import LAYOUTS
from .trying import decided, rounds_of, run, told, with_labels

SUITES = tuple(LAYOUTS)
BLIND = tuple(suite for suite in SUITES if suite != "skab")
MORE = 40


def test_every_suite_is_tried_here() -> None:
    assert set(SUITES) == set(suite_names())


def parts(one: Round) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Which windows are learnt from, held back and judged."""
    windows, spans = one.recordings.windows, one.spans
    judged = pl.Series(one.judged().wanted)
    return inside(spans, "start", "split", windows), inside(spans, "resume", "end", windows), judged


@pytest.mark.parametrize("suite", SUITES)
def test_no_window_is_learnt_from_and_held_back_or_judged(suite: str, rounds: Rounds) -> None:
    assert rounds(suite)
    for one in rounds(suite):
        learnt, held, judged = parts(one)
        assert learnt.any() and held.any() and judged.any()
        assert not (learnt & held).any() and not (learnt & judged).any() and not (held & judged).any()


@pytest.mark.parametrize("suite", SUITES)
def test_a_unit_is_learnt_from_before_it_is_held_back_before_it_is_judged(suite: str, rounds: Rounds) -> None:
    for one in rounds(suite):
        orders = one.spans.select((pl.col("start") <= pl.col("split")) & (pl.col("split") <= pl.col("resume")))
        assert orders.to_series().all()
        both = one.spans.join(one.test, on="unit_id", suffix="_judged")
        assert (both["end"] <= both["start_judged"]).all()


@pytest.mark.parametrize("suite", SUITES)
def test_no_reading_that_was_fitted_on_is_in_a_held_back_window(suite: str, rounds: Rounds) -> None:
    for one in rounds(suite):
        fitted = one.spans.filter(pl.col("start") < pl.col("split"), pl.col("resume") < pl.col("end"))
        wanted = pl.min_horizontal(pl.lit(one.recordings.fleet.lookback), (pl.col("end") - pl.col("split")) / 2)
        assert fitted.select((pl.col("resume") - pl.col("split") >= wanted).all()).item()


@pytest.mark.parametrize("suite", SUITES)
def test_packed_files_give_the_same_rounds(suite: str, rounds: Rounds, tmp_path: Path) -> None:
    packed = rounds_of(suite, LAYOUTS[suite](tmp_path, packed=True))
    assert [one.name for one in packed] == [one.name for one in rounds(suite)]
    for one, plain in zip(packed, rounds(suite), strict=True):
        assert one.recordings.windows.equals(plain.recordings.windows)
        assert one.spans.equals(plain.spans) and one.test.equals(plain.test)
        assert one.recordings.labels.equals(plain.recordings.labels)


def test_smd_is_read_in_the_form_of_asd_too(rounds: Rounds, tmp_path: Path) -> None:
    tables = rounds_of("smd", LAYOUTS["asd"](tmp_path))
    for table, text in zip(tables, rounds("smd"), strict=True):
        assert table.recordings.windows.drop("unit_id").equals(text.recordings.windows.drop("unit_id"))


def test_engines_that_are_judged_are_in_no_lesson_and_each_is_judged_once(rounds: Rounds) -> None:
    folds = rounds("cmapss")
    for fold in folds:
        assert not set(fold.test["unit_id"]) & set(fold.spans["unit_id"])
    judged = pl.concat([fold.test["unit_id"] for fold in folds])
    assert sorted(judged) == sorted(folds[0].recordings.lives()["unit_id"])


def test_engines_that_are_fitted_on_are_not_those_held_back(rounds: Rounds) -> None:
    for fold in rounds("cmapss"):
        fitted = fold.spans.filter(pl.col("start") < pl.col("split"))
        held = fold.spans.filter(pl.col("resume") < pl.col("end"))
        assert fitted.height and held.height
        assert not set(fitted["unit_id"]) & set(held["unit_id"])
        assert (fitted["split"] - fitted["start"]).max() <= timedelta(days=60)


def without_judged(one: Round) -> pl.DataFrame:
    """Labels without those of the judged part."""
    spans = one.test.select("unit_id", judged_from="start", judged_to="end")
    judged = (pl.col("end") > pl.col("judged_from")) & (pl.col("start") < pl.col("judged_to"))
    joined = one.recordings.labels.join(spans, on="unit_id", how="left", maintain_order="left")
    return joined.filter(~judged.fill_null(value=False)).select(one.recordings.labels.columns)


def moved(one: Round) -> pl.DataFrame:
    """Labels with those of the judged part put somewhere else in it."""
    kept = without_judged(one)
    judged = one.recordings.labels.join(kept, on=kept.columns, how="anti", nulls_equal=True)
    start = pl.col("start") + one.recordings.fleet.stride * 40
    placed = judged.with_columns(start=start, end=start + one.recordings.fleet.stride * 11)
    return pl.concat([kept, placed])


@pytest.mark.parametrize(
    ("suite", "change"),
    [*((suite, without_judged) for suite in BLIND), *((suite, moved) for suite in ("gecco", "oddwater"))],
)
def test_labels_of_what_is_judged_change_no_score_no_threshold_and_no_choice(
    suite: str, change: Callable[[Round], pl.DataFrame], rounds: Rounds, ran: Ran
) -> None:
    lied_to = [with_labels(one, change(one)) for one in rounds(suite)]
    assert any(
        not one.recordings.labels.equals(lie.recordings.labels) for one, lie in zip(rounds(suite), lied_to, strict=True)
    )
    true, lied = decided(ran(suite)), decided(run(lied_to))
    assert true.keys() == lied.keys()
    for key, one in true.items():
        assert told(one).equals(told(lied[key])), key
        assert one.chosen == lied[key].chosen


def test_labels_of_what_is_judged_would_change_thresholds_if_they_were_seen(rounds: Rounds) -> None:
    (one,) = rounds("oddwater")
    whole = one.spans.drop("end").join(one.test.select("unit_id", "end"), on="unit_id")
    peeking = replace(one, spans=whole, labels="held_back")
    blindfolded = with_labels(peeking, without_judged(one))
    key = (one.name, "deviation")
    assert not told(decided(run([peeking]))[key]).equals(told(decided(run([blindfolded]))[key]))


@pytest.mark.parametrize("suite", ["cmapss", "gecco"])
def test_labels_of_what_is_held_back_are_seen_where_the_protocol_says_so(suite: str, rounds: Rounds, ran: Ran) -> None:
    earlier = [pl.col(end) - one.recordings.fleet.stride * 40 for one in rounds(suite)[:1] for end in ("start", "end")]
    lied_to = [with_labels(one, one.recordings.labels.with_columns(earlier)) for one in rounds(suite)]
    true, lied = decided(ran(suite)), decided(run(lied_to))
    assert any(not told(true[key]).equals(told(lied[key])) for key in true)


def test_a_files_own_labels_do_not_change_its_own_decision_but_those_of_others(rounds: Rounds, ran: Ran) -> None:
    first, *others = rounds("skab")
    true, lied = decided(ran("skab")), decided(run([with_labels(first, moved(first)), *others]))
    mine = [key for key in true if key[0] == first.name]
    assert mine
    for key in mine:
        assert told(true[key]).equals(told(lied[key])) and true[key].chosen == lied[key].chosen
    assert any(not told(true[key]).equals(told(lied[key])) for key in true.keys() - set(mine))


def going_on(longer: Round, shorter: Round) -> Round:
    """Learn from the same windows as before, judge to the end of the longer recordings, with the same labels."""
    test = shorter.test.drop("end").join(longer.test.select("unit_id", "end"), on="unit_id")
    return with_labels(replace(longer, spans=shorter.spans, test=test), shorter.recordings.labels)


def heard(one: Round, decision: Decided) -> pl.DataFrame:
    """Judged windows up to the last reading; a unit that fell silent is believed to say the same for a while."""
    last = one.recordings.readings.group_by("unit_id").agg(last=pl.col("time").max())
    known = (
        told(decision).join(last, on="unit_id", maintain_order="left").filter(pl.col("window_start") <= pl.col("last"))
    )
    return known.drop("last", *(["threshold", "is_anomaly"] if one.labels == "other_rounds" else []))


@pytest.mark.parametrize("suite", SUITES)
def test_rows_that_come_later_change_no_earlier_decision(suite: str, rounds: Rounds, ran: Ran, tmp_path: Path) -> None:
    pairs = list(zip(rounds_of(suite, LAYOUTS[suite](tmp_path, more=MORE)), rounds(suite), strict=True))
    before, later = decided(ran(suite)), decided(run(going_on(*pair) for pair in pairs))
    for _, shorter in pairs:
        for key in (key for key in before if key[0] == shorter.name):
            assert later[key].scored.height > before[key].scored.height > 0
            assert heard(shorter, before[key]).equals(heard(shorter, later[key])), key

"""What detectors with a network promise beyond the battery; what is one network's own is in its own test."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.detectors import Detector, build_detector, load_detector, storage
from anomaly_assets.detectors.asking import explain_windows, fit_detector, score_windows
from anomaly_assets.detectors.checkpoint import Checkpoint
from anomaly_assets.detectors.checks.judgement import same_bits
from anomaly_assets.detectors.checks.recordings import windows
from anomaly_assets.errors import DetectorError

KINDS = ("autoencoder", "lstm_autoencoder", "patch_tst")
QUICK = {"max_epochs": 3}


@pytest.fixture(scope="module", params=KINDS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return fit_detector(build_detector(request.param, QUICK), windows(600, rhythm=True))


def test_contributions_add_up_to_the_score(detector: Detector) -> None:
    frame = windows(200, seed=1, fault="noise_burst")
    explained = explain_windows(detector, frame, np.ones(200, dtype=bool))
    assert explained is not None
    assert explained.columns == ["a", "b", "c", "d"]
    assert explained.to_numpy().sum(axis=1) == pytest.approx(score_windows(detector, frame), rel=1e-9)


def test_half_of_the_ordinary_windows_score_about_one_or_less(detector: Detector) -> None:
    assert 0.3 < np.median(score_windows(detector, windows(600, rhythm=True))) < 2.0


def test_what_is_beyond_the_cap_still_counts_in_full(detector: Detector) -> None:
    """The network is shown the same thing; the score grows with the square of the reading."""
    frame = windows(40, seed=1)
    wild = [frame.with_columns(pl.when(pl.row_index() == 39).then(size).otherwise("b__raw").alias("b__raw"))
            for size in (1e3, 1e4, 1e5)]  # fmt: skip
    small, middle, large = (score_windows(detector, each)[-1] for each in wild)
    assert middle / small == pytest.approx(100.0, rel=0.05)
    assert large / middle == pytest.approx(100.0, rel=0.005)


def test_scores_do_not_depend_on_how_many_threads_torch_has(detector: Detector) -> None:
    import torch

    frame, before = windows(200, seed=1), torch.get_num_threads()
    scores = []
    for threads in (1, 2, 5):
        torch.set_num_threads(threads)
        scores.append(score_windows(detector, frame))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert same_bits(scores[0], scores[1])
    assert same_bits(scores[0], scores[2])


def test_fit_and_score_leave_torchs_random_numbers_alone(detector: Detector) -> None:
    import torch

    torch.manual_seed(3)
    undisturbed = torch.rand(4)
    torch.manual_seed(3)
    score_windows(detector, windows(10))
    fit_detector(build_detector(detector.kind, {"max_epochs": 1}), windows(50))
    assert torch.equal(torch.rand(4), undisturbed)


def test_another_seed_is_another_network(detector: Detector) -> None:
    other = fit_detector(build_detector(detector.kind, QUICK | {"seed": 1}), windows(600, rhythm=True))
    assert not np.array_equal(other.weights_, detector.weights_)  # type: ignore[attr-defined]


def test_weights_that_are_too_few_are_not_loaded(detector: Detector, tmp_path: Path) -> None:
    detector.save(tmp_path)
    saved = storage.read(tmp_path)
    storage.write(storage.Saved(**vars(saved) | {"state": saved.state | {"weights_": np.zeros(7, "f4")}}), tmp_path)
    with pytest.raises(DetectorError, match="7 weights"):
        load_detector(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupted_fit_goes_on_where_it_was(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame, write, epochs = windows(300), Checkpoint.write, []

    def cut(self: Checkpoint, arrays: dict[str, np.ndarray]) -> None:
        write(self, arrays)
        epochs.append(len(arrays["losses"]))
        if len(epochs) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "write", cut)
    params = QUICK | {"checkpoint": str(tmp_path)}
    with pytest.raises(KeyboardInterrupt):
        fit_detector(build_detector(kind, params), frame)
    assert len(list(tmp_path.iterdir())) == 1
    resumed = fit_detector(build_detector(kind, params), frame)
    assert epochs == [1, 2, 3]
    assert same_bits(
        score_windows(resumed, frame), score_windows(fit_detector(build_detector(kind, QUICK), frame), frame)
    )
    assert list(tmp_path.iterdir()) == []


def test_at_most_so_many_rows_are_learnt_from_evenly_spaced() -> None:
    frame = windows(900)
    capped = build_detector("autoencoder", QUICK | {"max_windows": 300}).fit(frame)
    assert same_bits(build_detector("autoencoder", QUICK).fit(frame.gather_every(3)).score(frame), capped.score(frame))

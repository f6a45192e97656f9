"""Checks of save and load: exact to the bit, nothing executable, damage told."""

import tempfile
from pathlib import Path

import numpy as np

from ..base import Detector
from ..discovery import load_detector
from .frames import ASKED, frames_for
from .judgement import claim, refused, same_bits
from .making import Maker, fitted
from .scoring import contributions

_PICKLE_SIGNS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def _saved(make: Maker, folder: Path) -> Detector:
    detector = fitted(make)
    detector.save(folder)
    return detector


def check_round_trip_is_exact(make: Maker) -> None:
    """What is loaded is of the same kind, has the same parameters, scores and explains the same bits."""
    with tempfile.TemporaryDirectory() as name:
        detector = _saved(make, Path(name))
        loaded, frame = load_detector(Path(name)), frames_for(make).windows(ASKED, seed=1, fault="spike")
        claim(type(loaded) is type(detector), f"a {detector.kind} comes back as {type(loaded).__name__}")
        claim(repr(loaded.params) == repr(detector.params), f"parameters come back as {loaded.params}")
        claim(loaded.feature_names_in_ == detector.feature_names_in_, "feature names come back differently")
        claim(same_bits(loaded.score(frame), detector.score(frame)), "scores come back differently")
        if detector.tags.explains:
            same = same_bits(contributions(loaded, frame), contributions(detector, frame))
            claim(same, "contributions come back differently")


def check_saves_no_pickle(make: Maker) -> None:
    """No file begins as a pickle does, and no array is of objects."""
    with tempfile.TemporaryDirectory() as name:
        detector = _saved(make, Path(name))
        begins = {path.name: path.read_bytes()[:2] for path in Path(name).rglob("*") if path.is_file()}
    claim(not any(start in _PICKLE_SIGNS for start in begins.values()), f"a file is a pickle: {begins}")
    learnt = {name: np.asarray(value) for name, value in vars(detector).items() if name.endswith("_")}
    objects = [name for name, value in learnt.items() if value.dtype == object]
    claim(not objects, f"learnt objects that no array holds: {objects}")


def check_unfitted_is_not_saved(make: Maker) -> None:
    """There is nothing to save before fit."""
    with tempfile.TemporaryDirectory() as name:
        claim(refused(lambda: make().save(Path(name) / "model")), "an unfitted detector is saved")


def check_damage_is_told(make: Maker) -> None:
    """A flipped bit, a cut file and an absent file are refused, each with a remedy."""
    with tempfile.TemporaryDirectory() as name:
        _saved(make, Path(name))
        for path in sorted(Path(name).iterdir()):
            sound = path.read_bytes()
            flipped = bytes([sound[len(sound) // 2] ^ 0x80])
            damaged = [sound[: len(sound) // 2], b"", sound[: len(sound) // 2] + flipped + sound[len(sound) // 2 + 1 :]]
            for content in damaged:
                path.write_bytes(content)
                claim(refused(lambda: load_detector(Path(name)), "Remedy"), f"a damaged {path.name} is loaded")
            path.unlink()
            claim(refused(lambda: load_detector(Path(name)), "Remedy"), f"a folder without {path.name} is loaded")
            path.write_bytes(sound)
        load_detector(Path(name))

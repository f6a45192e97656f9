"""Checks of construct and fit: purity, parameters, forgetting, labels that must not count."""

import numpy as np
import polars as pl

from ..base import Detector
from ..columns import sensor_of
from ..discovery import build_detector
from .frames import ASKED, frames_for
from .judgement import claim, refused, same_bits
from .making import Maker, fitted


def check_constructs_with_defaults(make: Maker) -> None:
    """Every argument has a default."""
    claim(isinstance(type(make())(), Detector), "the class can't be constructed without arguments")


def check_tags_say_what_it_reads(make: Maker) -> None:
    """A kind that looks at several steps reads sequences, and no other does."""
    detector = make()
    claim((detector.steps > 1) == (detector.tags.reads == "sequence"), f"{detector.steps} steps, reads otherwise")


def check_constructor_only_stores(make: Maker) -> None:
    """The constructor keeps its arguments as they are and adds nothing."""
    given = {name: object() for name in make().params}
    kept = vars(type(make())(**given))
    claim(kept.keys() == given.keys(), f"the constructor leaves {sorted(kept)}, its arguments are {sorted(given)}")
    claim(all(kept[name] is value for name, value in given.items()), "the constructor changes an argument")


def check_refuses_an_unknown_parameter(make: Maker) -> None:
    """A name that nobody knows is told by name."""
    told = refused(lambda: build_detector(make().kind, {"no_such_thing": 1}), "no_such_thing")
    claim(told, "an unknown parameter is accepted, or the error does not name it")


def check_fit_returns_self(make: Maker) -> None:
    """Construct and fit read as one sentence."""
    detector = make()
    claim(detector.fit(frames_for(make).windows(ASKED)) is detector, "fit does not return the detector")


def check_fit_ignores_labels(make: Maker) -> None:
    """Y may be given, whatever it says; labels that are right, wrong or shuffled teach nothing."""
    frame = frames_for(make).windows(ASKED)
    expected = make().fit(frame).score(frame)
    shuffled = np.random.default_rng(0).permutation(np.arange(ASKED) % 2 == 0)
    for y in (shuffled, pl.Series(["fault"] * ASKED)):
        claim(same_bits(make().fit(frame, y).score(frame), expected), f"y changes the scores ({type(y).__name__})")


def check_learnt_names_end_in_underscore(make: Maker) -> None:
    """What is learnt can be told from what was given."""
    detector = fitted(make)
    learnt = vars(detector).keys() - detector.params.keys()
    claim(all(name.endswith("_") for name in learnt), f"learnt names without an underscore in {sorted(learnt)}")


def check_fit_leaves_parameters(make: Maker) -> None:
    """What was given is not overwritten by what is learnt."""
    detector = make()
    before = detector.params
    claim(detector.fit(frames_for(make).windows(ASKED)).params == before, "fit changes a parameter")


def check_refit_forgets(make: Maker) -> None:
    """A second fit is as good as a first one."""
    first, second = (frames_for(make).windows(ASKED, seed=seed) for seed in (7, 0))
    second = second.drop([name for name in second.columns if sensor_of(name) in ("c", "d")])
    again = make().fit(first).fit(second)
    claim(same_bits(again.score(second), make().fit(second).score(second)), "a second fit remembers the first")


def check_refuses_to_learn_from_nothing(make: Maker) -> None:
    """No rows and no features are mistakes, and leave an unfitted detector."""
    frame = frames_for(make).windows(ASKED)
    claim(refused(lambda: make().fit(frame.clear())), "fit accepts a frame without rows")
    claim(refused(lambda: make().fit(frame.select("unit_id"))), "fit accepts a frame without features")


def check_refuses_to_score_unfitted(make: Maker) -> None:
    """A detector that learnt nothing knows nothing."""
    frame = frames_for(make).windows(ASKED)
    claim(refused(lambda: make().score(frame)), "score does not refuse before fit")
    claim(refused(lambda: make().explain(frame)), "explain does not refuse before fit")


def check_same_seed_same_scores(make: Maker) -> None:
    """Two detectors that were given the same agree to the bit."""
    frame = frames_for(make).windows(ASKED)
    one, other = (make().fit(frame) for _ in range(2))
    if one.tags.deterministic:
        claim(same_bits(one.score(frame), other.score(frame)), "two equal fits score differently")

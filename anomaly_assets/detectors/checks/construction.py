"""Checks of construct and fit: purity, parameters, forgetting."""

from ..base import Detector
from ..discovery import build_detector
from .judgement import claim, refused, same_bits
from .making import Maker, fitted
from .recordings import windows


def check_constructs_with_defaults(make: Maker) -> None:
    """Every argument has a default."""
    claim(isinstance(type(make())(), Detector), "the class can't be constructed without arguments")


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
    claim(detector.fit(windows()) is detector, "fit does not return the detector")


def check_fit_ignores_labels(make: Maker) -> None:
    """Y may be given."""
    frame = windows()
    labelled = make().fit(frame, [False] * frame.height)
    claim(same_bits(labelled.score(frame), make().fit(frame).score(frame)), "y changes the scores")


def check_learnt_names_end_in_underscore(make: Maker) -> None:
    """What is learnt can be told from what was given."""
    detector = fitted(make)
    learnt = vars(detector).keys() - detector.params.keys()
    claim(all(name.endswith("_") for name in learnt), f"learnt names without an underscore in {sorted(learnt)}")


def check_fit_leaves_parameters(make: Maker) -> None:
    """What was given is not overwritten by what is learnt."""
    detector = make()
    before = detector.params
    claim(detector.fit(windows()).params == before, "fit changes a parameter")


def check_refit_forgets(make: Maker) -> None:
    """A second fit is as good as a first one."""
    first = windows(seed=7)
    second = windows().select("a__raw", "a__mean_30m", "b__raw", "b__mean_30m")
    again = make().fit(first).fit(second)
    claim(same_bits(again.score(second), make().fit(second).score(second)), "a second fit remembers the first")


def check_refuses_to_learn_from_nothing(make: Maker) -> None:
    """No rows and no features are mistakes, and leave an unfitted detector."""
    claim(refused(lambda: make().fit(windows().clear())), "fit accepts a frame without rows")
    claim(refused(lambda: make().fit(windows().select("unit_id"))), "fit accepts a frame without features")


def check_refuses_to_score_unfitted(make: Maker) -> None:
    """A detector that learnt nothing knows nothing."""
    claim(refused(lambda: make().score(windows())), "score does not refuse before fit")
    claim(refused(lambda: make().explain(windows())), "explain does not refuse before fit")


def check_same_seed_same_scores(make: Maker) -> None:
    """Two detectors that were given the same agree to the bit."""
    frame = windows()
    one, other = (make().fit(frame) for _ in range(2))
    if one.tags.deterministic:
        claim(same_bits(one.score(frame), other.score(frame)), "two equal fits score differently")

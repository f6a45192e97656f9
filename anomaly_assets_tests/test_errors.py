"""An error is a sentence with what was found, what was expected and what to do."""

import pickle

import pytest

from anomaly_assets import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_one_of_ours_and_tells_all_it_knows(kind: type[errors.AnomalyAssetsError]) -> None:
    error = kind("the pump is dry", found="0 l/s", expected="> 1 l/s", remedy="open the valve")
    assert isinstance(error, errors.AnomalyAssetsError)
    assert str(error) == "the pump is dry. Found: 0 l/s. Expected: > 1 l/s. Remedy: open the valve."


def test_what_is_not_known_is_not_said() -> None:
    assert str(errors.ConfigError("no key")) == "no key."


def test_an_error_travels_between_processes() -> None:
    error = errors.LockTimeoutError("busy", found="pid 7", remedy="wait")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_every_error_stands_in_the_drawn_tree() -> None:
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in KINDS)

"""The packages of the lean image: pinned as everywhere, complete, and without what makes an image large."""

import importlib.metadata
import re

import pytest
from packaging.requirements import Requirement

from .composing import DEPLOY

EXTRAS = {"psycopg": {"binary"}}
"""Extras that pyproject.toml asks for and the image needs; uvicorn's all stand in the file by themselves."""


def pins(name: str) -> dict[str, str]:
    """Versions by name of a file of pins, extras and case aside."""
    lines = (DEPLOY / name).read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line) for line in lines if not line.startswith("#"))
    return {normal(match[1]): match[2] for match in found if match}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


SERVED = pins("serve-requirements.txt")


def needed(name: str) -> set[str]:
    """What a package needs itself, on this machine."""
    asked = [Requirement(text) for text in importlib.metadata.requires(name) or []]
    extras = EXTRAS.get(name, set()) | {""}
    fits = [one for one in asked if not one.marker or any(one.marker.evaluate({"extra": extra}) for extra in extras)]
    return {normal(one.name) for one in fits}


@pytest.mark.parametrize("file", ["serve-requirements.txt", "mlflow-constraints.txt"])
def test_pins_are_those_of_the_platform_where_it_has_them(file: str) -> None:
    everywhere = pins("../../constraints.txt")
    assert {name: version for name, version in pins(file).items() if everywhere.get(name, version) != version} == {}


def test_every_package_of_the_lean_image_is_one_of_the_platform() -> None:
    assert set(SERVED) - set(pins("../../constraints.txt")) == set()


def test_nothing_is_missing_that_a_package_needs() -> None:
    assert {name: needed(name) - set(SERVED) for name in SERVED if needed(name) - set(SERVED)} == {}


def test_a_file_that_forgot_a_package_would_be_told_apart() -> None:
    assert "pydantic-core" in needed("pydantic")
    assert "psycopg-binary" in needed("psycopg")


def test_the_lean_image_has_neither_torch_nor_scikit_learn_nor_dagster() -> None:
    large = {"torch", "scikit-learn", "dagster", "dagster-webserver", "onnx", "onnxscript", "matplotlib", "pandas"}
    assert large & set(SERVED) == set()
    assert large <= set(pins("../../constraints.txt"))

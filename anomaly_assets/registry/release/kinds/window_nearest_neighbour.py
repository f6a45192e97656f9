"""The nearest history in training as a graph; see detectors/window_nearest_neighbour.py."""

from ..prototypes import build, tolerance

__all__ = ["build", "tolerance"]

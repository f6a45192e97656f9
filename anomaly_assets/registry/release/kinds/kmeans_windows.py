"""Clusters of histories as a graph; see detectors/kmeans_windows.py."""

from ..prototypes import build, tolerance

__all__ = ["build", "tolerance"]

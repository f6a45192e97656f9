"""Autoencoder as a graph, its network by torch's exporter; see network.py and detectors/by_network.py."""

from ..network import reconstruction_error as build
from ..tolerance import Tolerance

__all__ = ["TOLERANCE", "build"]

TOLERANCE = Tolerance(
    relative=1e-5, absolute=1e-7, reason="the network is float32, and another library rounds its products differently"
)

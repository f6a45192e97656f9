"""Synthetic fleets with known truth, and known faults put into real readings.

Simulation and injection live here, and the writing of raw files; reading them back is ingest's.
"""

from .checking import check_simulation
from .faults import SHOWN_AS, fault_kinds
from .injection import KINDS, inject
from .simulate import Simulated, simulate
from .writing import write_raw

__all__ = ["KINDS", "SHOWN_AS", "Simulated", "check_simulation", "fault_kinds", "inject", "simulate", "write_raw"]

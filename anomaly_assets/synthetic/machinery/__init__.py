"""Vibration of rotating machinery: how a machine works, what damage does to it, and the signal that sensors hear.

When damage begins and how long it lasts is decided in schedule.py; which files the signals go into, in layouts/.
"""

from .condition import damage, machine_states
from .faults import machine_fault_kinds
from .operation import Operation, louder, machine_of, operation, phases_of, slow_channels
from .waves import recorded

__all__ = [
    "Operation",
    "damage",
    "louder",
    "machine_fault_kinds",
    "machine_of",
    "machine_states",
    "operation",
    "phases_of",
    "recorded",
    "slow_channels",
]

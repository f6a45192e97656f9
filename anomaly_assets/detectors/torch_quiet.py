"""torch within walls: its random numbers, threads and switches are afterwards as they were before.

Importing this imports torch. What is computed within is not known here.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"


@contextmanager
def quiet_torch(threads: int = 1, *, deterministic: bool = False) -> Iterator[None]:
    """Run torch with so many threads, whatever the machine has, and leave no trace.

    Parameters
    ----------
    threads : of the processor; sums are split among them, and round differently with their number.
    deterministic : refuse operations whose result may differ from run to run.
    """
    with ExitStack() as afterwards, torch.random.fork_rng():
        afterwards.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(threads)
        if deterministic:
            _be_deterministic(afterwards)
        yield


def _be_deterministic(afterwards: ExitStack) -> None:
    before, warns = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    afterwards.callback(torch.use_deterministic_algorithms, before, warn_only=warns)
    afterwards.callback(_set_workspace, os.environ.get(_WORKSPACE))
    _set_workspace(":4096:8")  # without it, matrix products on a GPU refuse to be deterministic
    torch.use_deterministic_algorithms(True)


def _set_workspace(value: str | None) -> None:
    if value is None:
        os.environ.pop(_WORKSPACE, None)
    else:
        os.environ[_WORKSPACE] = value

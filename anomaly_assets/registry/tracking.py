"""A session with MLflow: opened at first use, one writer at a time, busy databases asked again, errors in our words.

With store.py the only home of MLflow; what is asked of it is said there.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import RegistryError

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class Tracking:
    """Asks MLflow, quietly and without telemetry.

    Parameters
    ----------
    uri : a database URI, by default sqlite, or that of a server (http or https).
    folder : where the lock file of the writers is kept; a server does without.
    attempts : how often a busy database is asked, with doubling pauses from 0.1 s.
    """

    def __init__(self, uri: str, folder: Path, *, attempts: int = 6) -> None:
        self.uri, self.folder, self.attempts = uri, folder, attempts

    @property
    def remote(self) -> bool:
        """Whether a server is asked, and keeps the artefacts too."""
        return self.uri.startswith(("http:", "https:"))

    def read(self, question: Callable[[Any], Any]) -> Any:
        """Ask the client something; None where the thing asked for doesn't exist."""
        return self._ask(question, alone=False)

    def write(self, order: Callable[[Any], Any]) -> Any:
        """Let the client change something, while nobody else on this machine does."""
        return self._ask(order, alone=True)

    def _ask(self, question: Callable[[Any], Any], *, alone: bool) -> Any:
        MlflowException = _mlflow().exceptions.MlflowException
        pauses = [0.1 * 2**attempt for attempt in range(self.attempts - 1)]
        for pause in [*pauses, None]:
            client = self._client
            try:
                with self._alone() if alone else nullcontext():
                    return question(client)
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST" and not alone:
                    return None
                if error.error_code != "TEMPORARILY_UNAVAILABLE" or pause is None:
                    raise self._told(error) from error
            time.sleep(pause)
        raise AssertionError  # the last round returns or raises

    @cached_property
    def _client(self) -> Any:
        try:
            with self._alone():  # the first question creates the tables, which two processes must not do at once
                client = _mlflow().MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
                client.search_experiments(max_results=1)
                client.search_registered_models(max_results=1)
        except Exception as error:  # the driver's own errors come through here, as of a file that is no database
            raise self._told(error) from error
        return client

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self.remote:
            yield
            return
        import fcntl

        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file closes, also by a process that is killed
            yield

    def _told(self, error: Exception) -> RegistryError:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        remedy = "look at MLFLOW_TRACKING_URI and at the disk; a busy database may just need another try"
        return RegistryError(f"the registry {self.uri} can't do that", found=first, remedy=remedy)


def _mlflow() -> Any:
    for name, value in _QUIET.items():  # some are read once, when it is imported
        os.environ.setdefault(name, value)
    import mlflow

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return mlflow

"""The champion in service: whoever holds the alias, put in place whole once loaded, without anybody waiting."""

import threading
from collections.abc import Callable

from ...errors import AnomalyAssetsError
from ...registry import ModelVersion
from ..site import Site
from .ask import Ask
from .live import Live
from .opening import EngineChoice, open_live, released_since


class Champion:
    """Follows a fleet's champion in a thread of its own.

    Parameters
    ----------
    site, fleet : whose champion.
    engine : as of `open_live`.
    every : seconds between two looks at the registry.
    changed : called with each version that comes into service, in that thread.

    Attributes
    ----------
    live : the version in service; None until the first one is loaded. Take it once per request, and use it throughout.
    trouble : why the champion could not be followed at the last look, as a sentence; None where it could.
    """

    def __init__(
        self,
        site: Site,
        fleet: str,
        engine: EngineChoice = "auto",
        every: float = 2.0,
        changed: Callable[[Live], None] = lambda live: None,
    ) -> None:
        self.site, self.fleet, self.engine, self.every, self.changed = site, fleet, engine, every, changed
        self.live: Live | None = None
        self.trouble: str | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"champion of {fleet}", daemon=True)

    def start(self) -> "Champion":
        """Look once, then go on looking in the background."""
        self.look()
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop following; what is in service stays."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """See who is champion, and put a new one into service once it has answered a first question."""
        try:
            version = self.site.registry.get(self.fleet)
            if self._stale(version):
                live = open_live(self.site, self.fleet, version, self.engine)
                _warm(live)
                self.live = live
                self.changed(live)
            self.trouble = None
        except AnomalyAssetsError as error:
            self.trouble = str(error)
        except Exception as error:  # a registry that is away must not end the following of it
            self.trouble = f"The registry can't be read. Found: {type(error).__name__}: {error}."

    def _stale(self, version: ModelVersion) -> bool:
        """Whether another version is champion, or this one was released; a moving threshold is looked up every time."""
        if self.live is None or self.live.version != version.version or self.live.bars.threshold.adapts:
            return True
        return self.engine == "auto" and released_since(self.site, self.live)

    def _follow(self) -> None:
        while not self._ended.wait(self.every):
            self.look()


def _warm(live: Live) -> None:
    """Ask a first question, so that nobody's request waits for compilers and caches."""
    import numpy as np

    step = live.fleet.sampling.total_seconds() * 1e6
    times = (np.arange(live.rows) * step).astype(np.int64)
    live.score([Ask(live.units[0] if live.units else "", times, np.ones((live.rows, len(live.sensors))))])

"""Files scored by trained models: read in batches, aligned, scored and written. No framework and no printing here."""

from .comparing import Agreement
from .judging import Judged
from .models import Opened, open_model
from .outcome import BatchOutcome
from .request import Facts, Request
from .run import score_files

__all__ = ["Agreement", "BatchOutcome", "Facts", "Judged", "Opened", "Request", "open_model", "score_files"]

"""Processes for tests that need many of them: each is forked from one that has imported what they need.

That one is made once for a run of the suite, so what any test needs of it is named here.
"""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["anomaly_assets_tests.warehouse.faults", "anomaly_assets_tests.events.faults"])

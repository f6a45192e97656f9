"""One module for each kind of detector that can be exported, found by its file name.

A module has ``build(graph, detector, prepared) -> str``, which gives the name of the scores, float64 (n,), and says how
closely these agree with the platform's: a ``TOLERANCE``, or ``tolerance(detector)`` where it depends on what was
learnt. It repeats its detector's formula and nothing else.
"""

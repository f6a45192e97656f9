"""Networks, each readable from top to bottom in its own file; importing one imports torch.

A network takes standardised histories (batch, n_features, steps), oldest first, and answers with its guess of their
last steps, (batch, n_features, guessed). Training, scoring and everything that a detector promises are outside.
"""

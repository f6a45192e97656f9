"""One revision a file; an older one is never changed, and says everything itself instead of importing it."""

"""Claims about incidents."""

"""Claims about reading raw files."""

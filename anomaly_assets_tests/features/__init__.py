"""Claims about features and scaling."""

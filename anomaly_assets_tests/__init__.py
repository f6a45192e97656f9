"""Claims about anomaly_assets, mirrored room for room."""

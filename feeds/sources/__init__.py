"""Where raw series come from: local CSV files here; each source one module."""

"""Measuring: cases with known truth, methods, metrics and tables (`stranet evaluate`)."""

"""The boxes of the method figure: alignment, temporal and spatial aggregation, residual aggregation, composite."""

"""A user study as in the paper's appendix: a page with blind comparisons, and the tally of what comes back."""

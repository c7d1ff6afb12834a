"""Speed and memory, on clips that are made for it (`stranet bench`)."""

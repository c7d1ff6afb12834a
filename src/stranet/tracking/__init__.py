"""From a few marks of the user to a mask for every frame."""

"""What turns data into weights: losses, stages, and the loop around them."""

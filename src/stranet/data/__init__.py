"""Training material: still images, silhouettes and short real clips turned into targets with references and holes."""

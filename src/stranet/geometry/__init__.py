"""Pure geometry: scales, warps, homographies, diffusion, patches. No frames of a video, no files, no network."""

"""Running chapters in kernels."""

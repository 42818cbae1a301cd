"""What a notebook uses: chapter helpers and widgets."""

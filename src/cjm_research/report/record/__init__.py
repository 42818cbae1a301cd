"""What is kept of a run: plan, receipt, published files, comparison with other runs."""

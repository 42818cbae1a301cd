"""The door to the log: interactions as arrays, segments and attributes, in the embedded engine or on Spark."""

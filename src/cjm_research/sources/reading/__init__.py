"""Reading exports strictly: containers, columns, cells, ids, times and numbers."""

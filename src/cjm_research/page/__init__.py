"""What a page is made of: blocks of plain data, and their HTML. Nothing here computes a number."""

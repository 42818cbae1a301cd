"""Reports: chapters executed, drawn, published whole, and verified afterwards."""

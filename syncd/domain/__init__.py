"""What the sync is about, in plain values: orders, sales, stock, and the decisions between them. No I/O."""

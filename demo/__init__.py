"""What the demo needs beside syncd: a real ERP with something in it."""

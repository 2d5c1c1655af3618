"""One file a use case, given its two sides as arguments: read, decide (in `domain/`), apply."""

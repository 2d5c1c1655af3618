"""Judges a run by the evidence of both other sides. Standard library only; imports nothing of syncd or the demo."""

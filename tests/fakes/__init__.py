"""Doubles of the outside that hold state. Each is kept honest by the contract suite of its port."""

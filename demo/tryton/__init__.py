"""A real Tryton, seeded, started and operated as its people would. Imports nothing of syncd."""

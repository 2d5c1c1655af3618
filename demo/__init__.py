"""`make demo`: a real ERP, the sandbox and syncd, worked as a person would. Imports nothing of syncd."""

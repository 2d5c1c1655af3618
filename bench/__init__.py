"""Measurements that are run by hand or by make, and print what they found as one JSON object at the end."""

"""The tests. A package, so that `tests.builders` means this folder and no other distribution's."""

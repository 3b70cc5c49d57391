"""Tests that start Certkeep's real processes and look at them from outside only."""

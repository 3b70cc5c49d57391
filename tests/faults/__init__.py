"""Faults: each test breaks the real thing and counts afterwards what is lost and what is double."""

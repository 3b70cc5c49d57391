"""How requests come in: from where, how large, and when they get a thread."""

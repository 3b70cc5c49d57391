"""The desk: what the admins of all apps share, its home page, and how people get in."""

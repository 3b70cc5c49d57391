"""Expirations as a calendar that coordinators subscribe to (iCalendar, RFC 5545)."""

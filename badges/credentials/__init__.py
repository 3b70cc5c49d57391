"""Earned badges as Open Badges 3.0 credentials that anyone can verify, and their public pages."""

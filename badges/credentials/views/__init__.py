"""Views of the public resources: no accounts, no cookies, reading only."""

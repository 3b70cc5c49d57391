"""Figures for Prometheus: what apps register is read from the database when it is asked for."""

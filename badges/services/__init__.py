"""Every write on badges."""

"""Who may do what: roles, permissions, tokens."""

"""The audit log: who came in, who was given what, what was taken out, and from where."""

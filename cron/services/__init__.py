"""Every write to jobs, runs and what they send.

A run goes this way, and every step can be taken again after a crash:

1. `open_run` writes the run's row; the database allows one per slot and one going on per job.
2. A worker claims the row and plans: overdue certifications become expired, what earlier runs left
   is taken over or superseded, and the due reminders are written, all in sets.
3. Any number of workers claim batches of reminders, send them, and mark each.
4. Once every reminder is settled, the coordinators' digests are planned and sent the same way.
5. Whoever finds nothing left to send closes the run with its figures.
"""

"""The same contracts as a team would first write them: ModelViewSets, nothing tuned."""

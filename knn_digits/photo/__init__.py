"""Stage 1: photo -> ink -> candidates, any of which may be a digit; boxes -> lines in reading order."""

"""Stage 1: photo -> ink -> boxes of marks, line by line in reading order."""

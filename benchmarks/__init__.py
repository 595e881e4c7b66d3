"""What the package does, measured: digits and photos -> raw results -> tables, pictures and one report.

Each room sees those above it alone:

- `data`: what is read: corrupted digits, things that are no digits, photos with their truth, foreign digits.
- `models`: what is compared: settings, the line-up with its networks and peers, indices, readers of photos.
- `measure`: a file for each question: digits or photos in, raw numbers out, nothing formatted.
  `python -m benchmarks.measure.QUESTION --help` tells how it is asked.
- `results`: the raw numbers, one JSON file a question, which says by which command it was made.
- `report`: raw numbers -> tables, pictures and the report: `python benchmarks/report.py --help`.
"""

"""The package and what it reads -> raw results."""

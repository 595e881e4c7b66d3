"""Raw numbers -> tables, pictures and pages; nothing is measured here, but by the parts that it runs."""

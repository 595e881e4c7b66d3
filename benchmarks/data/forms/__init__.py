"""A seed -> forms, blank and filled, as a scanner or a phone shows them, and what is written on them."""

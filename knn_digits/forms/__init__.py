"""A stack of filled forms -> a table, and a short list of doubts."""

"""Numbers and readings -> JSON, CSV, text and pictures. Draws and lays out, computes nothing."""

"""Digits or photos -> raw numbers, a file for each question; nothing is formatted here."""

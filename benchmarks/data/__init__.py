"""What is read: digits, harmed, foreign or none at all, and photos with their truth."""

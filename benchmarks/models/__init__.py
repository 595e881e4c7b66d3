"""What is compared: settings, the line-up, indices, readers of photos."""

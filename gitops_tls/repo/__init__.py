"""The repository: its files, which of them can matter, and what they hold."""

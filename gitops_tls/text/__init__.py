"""Text, spans and edits: knows nothing of YAML."""

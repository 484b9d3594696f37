"""YAML with tight spans: knows nothing of TLS."""

"""Compose files as Docker Compose reads them. Knows nothing of the software that runs in the containers."""

"""One file a command: ``run(values) -> exit code``."""

"""The sources of the files in ``schemas/``; ``scripts/build_schemas.py`` writes them."""

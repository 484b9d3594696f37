"""Milvus: settings as the server reads them, the shapes in which it is deployed, and what it will do."""

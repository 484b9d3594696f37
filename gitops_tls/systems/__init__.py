"""What real software does with the files: Kubernetes, Milvus."""

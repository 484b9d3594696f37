"""gitops-tls: says what Milvus and APISIX will do with the TLS settings in a Git repository, before the merge."""

__version__ = "0.1.0"

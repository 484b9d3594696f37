"""The ways in which a repository makes Secrets and ConfigMaps, one file a provider: name, namespace, keys, and content where it is readable."""

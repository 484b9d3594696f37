"""What kustomize makes of bases, overlays and components: the objects as they reach the cluster.

Sources: kustomize's documentation, and `kubectl kustomize` (kustomize 5.5) run on the cases that its documentation leaves open.
"""

"""What the APISIX ingress controller and APISIX make of the repository's objects."""

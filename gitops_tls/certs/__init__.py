"""Bytes to certificates and keys, and what Go, BoringSSL and OpenSSL make of them."""

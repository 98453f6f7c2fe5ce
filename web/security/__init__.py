"""Encryption, sessions, headers, access, limits and logs."""

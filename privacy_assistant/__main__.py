"""`python -m privacy_assistant`."""

"""Servers of this machine that the tests of the door talk to. Each binds loopback only and ends with its test."""

"""A voice and chat assistant that works on a person's own machine and asks a cloud only where a policy allows it."""

__version__ = "0.1.0"

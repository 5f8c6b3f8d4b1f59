"""Setting up a home: what the machine has, what would fit it, and the steps, each of which can be done again."""

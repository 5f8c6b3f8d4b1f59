"""A simulated room with a person in it, on the sample clock: what the voice loop is tried in from ear to mouth."""

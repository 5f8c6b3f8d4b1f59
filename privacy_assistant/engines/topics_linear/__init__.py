"""What a text is about: health, legal trouble, sexuality, politics; a lexicon and a linear classifier on top of it."""

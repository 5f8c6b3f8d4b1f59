"""The models of a home: what is there, fetching, bringing and taking away, and which one works."""

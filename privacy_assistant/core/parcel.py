"""The only object the gate accepts: one redacted body with the verdict that lets it leave and a digest."""

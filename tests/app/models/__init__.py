"""The models of a home: planned, fetched by a fake, brought, exported, removed, chosen."""

"""How the tables on a server came to be what they are: one revision of Alembic per version of the schema."""

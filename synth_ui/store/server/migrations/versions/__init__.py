"""The revisions, oldest first; each is named by the version of the schema it leads to and is never changed once released."""

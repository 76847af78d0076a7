"""Files of the workspace: whole or not at all, frames with their types, each under a key."""

"""A race within a budget of time: trials on samples choose who is made of all training rows."""

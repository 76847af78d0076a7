"""What the operating system gives: processes and locks; Linux in one file, a portable way beside it."""

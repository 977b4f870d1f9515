// Empty until its first file moves in.

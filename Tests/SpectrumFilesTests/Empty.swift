// Empty until its first test moves in.

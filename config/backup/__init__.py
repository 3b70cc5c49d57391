"""Everything that can't be made anew, in one file, and back."""

"""HTTP to addresses that nobody vouches for: public ones alone, checked, each step in time."""

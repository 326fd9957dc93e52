"""The pages of those who look after an office: its units and posts, its people."""

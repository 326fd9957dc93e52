"""Pages of the staff: the inbox and its tasks, starting, cases."""

"""The engine room: pure functions on values, without web, database, network or files."""

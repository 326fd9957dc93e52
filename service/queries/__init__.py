"""The read side: what pages, commands and reports show. Every query sees through the eyes of an actor."""

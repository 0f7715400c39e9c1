"""What happened and what is still to do: events, the search outbox, jobs."""

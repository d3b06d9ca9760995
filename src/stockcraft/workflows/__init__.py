"""Starting, running, scheduling and rescuing runs: the only part that knows the job queue."""

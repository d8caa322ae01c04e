"""What to run: experiments, the store that their trajectories go to, and how they show progress."""

"""What all figures share: style, frame, command line, and the runner that draws them all."""

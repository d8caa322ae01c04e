"""What is learnt: pieces of Tetris, proteins, shapes and molecules made up here, or of files."""

"""What comes in from other people's files: data sets and recorded dialogues. Nothing here runs or scores a dialogue."""

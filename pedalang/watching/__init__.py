"""What is seen of a run: an estimate before it, its progress, events for programs, spans. Each is an observer of the
run or reads journals; none changes what is played."""

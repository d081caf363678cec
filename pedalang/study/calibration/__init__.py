"""From what a judge says to what people would say: maps, fitted to people's ratings and chosen on other dialogues."""

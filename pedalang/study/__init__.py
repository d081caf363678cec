"""From journals to scores, and pages of them. Nothing here runs a dialogue or reads program text."""

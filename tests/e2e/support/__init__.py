"""What the end-to-end tests stand on: processes, a node agent, an oracle, builders of objects."""

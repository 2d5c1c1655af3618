"""Words for people: one file a command. No rule of the trade lives here."""

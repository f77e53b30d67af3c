"""Output for people and scripts: text, JSON, JUnit, Markdown. Nothing here asks AWS anything."""

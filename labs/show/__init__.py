"""What people and scripts get to see: text, JSON, JUnit, Markdown. Nothing here asks AWS anything."""

"""Output for people and scripts: text, JSON, JUnit, Markdown. Makes no calls to AWS."""

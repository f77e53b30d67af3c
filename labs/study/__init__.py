"""Cards: schedule, sessions, credit for labs, progress and Anki. Knows neither terminal nor database."""

"""Auto Scaling of groups and of services, their alarms and schedules."""

"""What ECS refuses, and the defaults that it fills in."""

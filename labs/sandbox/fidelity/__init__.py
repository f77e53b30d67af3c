"""What of AWS is really there: probes that write and read, the map that they make, and other emulators."""

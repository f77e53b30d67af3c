"""The fidelity of emulators: probes that write and read, the map that they make, and other emulators."""

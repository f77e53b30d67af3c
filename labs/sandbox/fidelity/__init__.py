"""The fidelity of emulators: probes that write and read, the fidelity map, and other emulators."""

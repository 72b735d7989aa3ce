"""What changed inside a recording, and when: of the device, and of everything around it."""

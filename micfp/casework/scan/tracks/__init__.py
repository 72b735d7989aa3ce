"""One file per thing that is followed over time beside the device: hum, background, and more."""

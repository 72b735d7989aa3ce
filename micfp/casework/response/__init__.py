"""The frequency response of a device, from a recording of a known sweep."""

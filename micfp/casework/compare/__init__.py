"""Where and by how much two devices differ: responses estimated blindly, noise, hum."""

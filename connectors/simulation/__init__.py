"""What the simulators of the platforms share: invented events at true places, and a server that announces itself."""

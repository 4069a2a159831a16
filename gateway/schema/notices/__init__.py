"""An organization's inbox and channels."""

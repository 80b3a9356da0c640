"""What several papers share: styles, translation, encoders."""

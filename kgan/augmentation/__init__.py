"""What a critic is shown in place of bare pictures."""

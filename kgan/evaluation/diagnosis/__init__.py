"""What ails a GAN: measurements, findings and advice."""

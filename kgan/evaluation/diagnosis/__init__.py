"""The doctor: measurements of a GAN, the illnesses they show, and advice."""

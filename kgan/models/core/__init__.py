"""The game that every GAN of the literature is a change of."""

"""Times PyTorch's official DCGAN step at 64×64×3, which `step --torch-python` starts.

Written from the description in its tutorial: transposed 4×4 convolutions 100 → 512 → 256 → 128 →
64 → 3 with batch normalisation; binary cross-entropy; the discriminator is trained on a real and
a fake batch, then the generator through the updated discriminator on the same fakes.
"""

import itertools
import os
import time

import torch
from torch import nn


def _block(layer, channels, activation):
    return [layer, nn.BatchNorm2d(channels), activation]


def _networks():
    widths = [512, 256, 128, 64]
    layers = _block(nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False), 512, nn.ReLU(True))
    for before, after in itertools.pairwise(widths):
        up = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)
        layers += _block(up, after, nn.ReLU(True))
    generator = nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())
    layers = [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]
    for before, after in itertools.pairwise(reversed(widths)):
        down = nn.Conv2d(before, after, 4, 2, 1, bias=False)
        layers += _block(down, after, nn.LeakyReLU(0.2, True))
    critic = nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 0, bias=False), nn.Sigmoid())
    return generator, critic


def official_dcgan(batch_size):
    """Returns `play(steps) -> seconds`."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    generator, critic = _networks()
    loss_of = nn.BCELoss()
    adam = [
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999))
        for network in (generator, critic)
    ]
    real = torch.rand(batch_size, 3, 64, 64) * 2 - 1
    ones, zeros = torch.ones(batch_size), torch.zeros(batch_size)

    def step():
        critic.zero_grad()
        loss_of(critic(real).view(-1), ones).backward()
        fake = generator(torch.randn(batch_size, 100, 1, 1))
        loss_of(critic(fake.detach()).view(-1), zeros).backward()
        adam[1].step()
        generator.zero_grad()
        loss = loss_of(critic(fake).view(-1), ones)
        loss.backward()
        adam[0].step()
        return loss.item()

    def play(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return time.perf_counter() - start

    return play

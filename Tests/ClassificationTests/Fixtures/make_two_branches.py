"""A network of two branches, its training and its learning rates in PyTorch, in double precision.

Run with PyTorch installed: python make_two_branches.py  (writes two_branches.json beside itself).
The written file names the versions that made it. Weights and spectra come from a formula, so that
the file need not hold them.
"""

import json
import math
import pathlib
import platform

import torch

torch.set_default_dtype(torch.float64)
CHANNELS, CLASSES, COUNT = 75, 3, 11


def noise(count, number):
    """What the test computes, too: about uniform in ±1, rounded to single precision."""
    values = [math.sin(12.9898 * (i + 1) ** 1.5 + 78.233 * number) for i in range(count)]
    return torch.tensor(values).float().double()


class TwoBranches(torch.nn.Module):
    def __init__(self):
        super().__init__()
        points = -(-(-(-CHANNELS // 4)) // 4)
        self.convolution1 = torch.nn.Conv1d(1, 8, 15, stride=4, padding=7)
        self.convolution2 = torch.nn.Conv1d(8, 16, 9, stride=4, padding=4)
        self.convolution_dense = torch.nn.Linear(16 * points, 64)
        self.dense1 = torch.nn.Linear(CHANNELS, 128)
        self.dense2 = torch.nn.Linear(128, 64)
        self.end1 = torch.nn.Linear(128, 64)
        self.end2 = torch.nn.Linear(64, CLASSES)

    def forward(self, x):
        relu = torch.relu
        a = relu(self.convolution2(relu(self.convolution1(x[:, None])))).flatten(1)
        a = relu(self.convolution_dense(a))
        b = relu(self.dense2(relu(self.dense1(x))))
        return self.end2(relu(self.end1(torch.cat([a, b], 1))))


network = TwoBranches()
with torch.no_grad():
    for number, tensor in enumerate(network.parameters()):
        inputs = math.prod(tensor.shape[1:]) if tensor.dim() > 1 else 25
        scale = torch.tensor(1.5 / math.sqrt(inputs)).float().double()
        tensor.copy_((scale * noise(tensor.numel(), number)).float().double().reshape(tensor.shape))
spectra = torch.stack([(0.5 + 0.5 * noise(CHANNELS, 100 + i)).float().double()
                       for i in range(COUNT)])
classes = torch.tensor([i % 4 % CLASSES for i in range(COUNT)])
probabilities = torch.softmax(network(spectra), 1).detach()

counts = torch.bincount(classes, minlength=CLASSES)
weights = COUNT / (CLASSES * counts.double())
optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.1)
losses = []
for _ in range(15):
    optimiser.zero_grad()
    loss = torch.nn.functional.cross_entropy(network(spectra), classes, weights)
    loss.backward()
    optimiser.step()
    losses.append(loss.item())

cycle_optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
cycle = torch.optim.lr_scheduler.OneCycleLR(
    cycle_optimiser, 2e-3, total_steps=900, cycle_momentum=False)
rates = []
for step in range(900):
    if step % 50 == 0 or step in (269, 270, 899):
        rates.append(dict(step=step, rate=cycle.get_last_lr()[0]))
    cycle_optimiser.step()
    if step < 899:
        cycle.step()

pathlib.Path(__file__).with_name("two_branches.json").write_text(json.dumps(dict(
    versions=dict(python=platform.python_version(), torch=torch.__version__),
    channels=CHANNELS, classes=classes.tolist(), rate=1e-3, decay=0.1,
    probabilities=probabilities.flatten().tolist(), losses=losses, rates=rates)))

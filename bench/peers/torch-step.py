"""PyTorch: one training step of 32 pictures (forward, backward, Adam), by memory format and number of threads."""
import itertools
import json
import statistics
import time

import torch
from torch import nn

BATCH = 32


def separable(channels, filters):
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.Conv2d(channels, filters, 1, bias=False),
        nn.BatchNorm2d(filters, eps=1e-3),
    )


class ResidualModule(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride=2, bias=False), nn.BatchNorm2d(filters, eps=1e-3))
        self.main = nn.Sequential(
            separable(channels, filters), nn.ReLU(inplace=True), separable(filters, filters), nn.MaxPool2d(3, 2, padding=1)
        )

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


def mini_xception():
    """The window of MaxPool2d lies one pixel off Keras' 'same' where the side is even: the same work."""
    entry = [layer for channels in (1, 8) for layer in (
        nn.Conv2d(channels, 8, 3, bias=False), nn.BatchNorm2d(8, eps=1e-3), nn.ReLU(inplace=True))]
    modules = [ResidualModule(channels, channels * 2) for channels in (8, 16, 32, 64)]
    return nn.Sequential(*entry, *modules, nn.Conv2d(128, 7, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(filters, eps=1e-3),
            nn.ReLU(inplace=True), nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters, eps=1e-3))
        same = channels == filters and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(channels, filters, 1, stride=stride, bias=False), nn.BatchNorm2d(filters, eps=1e-3))

    def forward(self, x):
        return torch.relu_(self.main(x) + self.shortcut(x))


def residual():
    """The residual network of bench/train-step.js: a stem of stride 2, two blocks of each width."""
    layers = [nn.Conv2d(1, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32, eps=1e-3), nn.ReLU(inplace=True)]
    channels = 32
    for filters in (32, 64, 128, 256):
        layers += [BasicBlock(channels, filters, 2 if filters > 32 else 1), BasicBlock(filters, filters, 1)]
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 7))


def measure(step, warm_up_s=1.5, measure_s=1.5):
    times = []
    for duration in (warm_up_s, measure_s):
        times.clear()
        cpu_before = time.process_time()
        end = time.perf_counter() + duration
        while time.perf_counter() < end or len(times) < 5:
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1000)
    cpu = (time.process_time() - cpu_before) * 1000 / len(times)
    return {'medianMs': statistics.median(times), 'bestMs': min(times), 'cpuMs': cpu, 'calls': len(times)}


def main():
    results = {}
    formats = (('contiguous', torch.contiguous_format), ('channels_last', torch.channels_last))
    networks = (('', mini_xception), ('residual ', residual))
    for (network, build), (name, memory_format) in itertools.product(networks, formats):
        torch.manual_seed(1)
        model = build().to(memory_format=memory_format).train()
        optimizer = torch.optim.Adam(model.parameters(), foreach=True)
        loss_of = nn.CrossEntropyLoss()
        pictures = (torch.rand(BATCH, 1, 48, 48) * 2 - 1).to(memory_format=memory_format)
        targets = torch.arange(BATCH) % 7

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(pictures), targets).backward()
            optimizer.step()

        for threads in (1, 2):
            torch.set_num_threads(threads)
            results[f'torch, {network}step, {name}, {threads} {"thread" if threads == 1 else "threads"}'] = measure(step)
    print(json.dumps({**results, 'version': torch.__version__}))


if __name__ == '__main__':
    main()

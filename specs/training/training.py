"""The training loop of both networks: seeded, deterministic, a fixed number of threads."""

import time

import numpy as np
import onnxruntime
import torch
from torch import nn
from torch.nn import functional


def be_deterministic(seed):
    """One thread, because the order of floating-point sums, and so the trained weights, depend on the number."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)


def draw_set(draw, seed, count):
    """Pictures at the network's own size, aspect ratios as the committed pictures have them before their stretch.

    Returns uint8 RGB [count, 64, 64, 3] and targets [count, classes].
    """
    rng = np.random.default_rng(seed)
    pictures, targets = [], []
    for start in range(0, count, 256):
        size = min(256, count - start)
        drawn, wanted = draw(rng, size, 64, 64, rng.choice([1, 4 / 3], size))
        pictures.append(drawn)
        targets.append(wanted)
    return np.concatenate(pictures), np.concatenate(targets)


def train(network, pictures, targets, preprocess, *, seed, epochs, batch, learning_rate, weight_decay, augment=None):
    """Trains in place with AdamW and one cycle of the learning rate.

    preprocess turns uint8 RGB pictures into the network's input; augment, if given, changes a batch's input again.
    """
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=weight_decay)
    steps = epochs * (len(pictures) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps, pct_start=0.2)
    order = torch.Generator().manual_seed(seed)
    wanted = torch.from_numpy(targets)
    started = time.monotonic()
    for epoch in range(epochs):
        network.train()
        losses = []
        for chosen in torch.randperm(len(pictures), generator=order).split(batch):
            if len(chosen) < batch:
                continue
            data = preprocess(pictures[chosen.numpy()])
            loss = functional.cross_entropy(network(data if augment is None else augment(data)), wanted[chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        seconds = time.monotonic() - started
        print(f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}, {seconds:.0f} s", flush=True)
    network.eval()


def probabilities(network, data):
    """Softmax of the network in float32, as NumPy [count, classes]; data is the network's input, a torch tensor."""
    with torch.no_grad():
        return torch.cat([network(part).softmax(dim=1) for part in data.split(256)]).numpy()


def report(answered, wanted):
    """Prints how good a network is on pictures it was not trained on."""
    print(f"held out, {len(wanted)} pictures: mean |answer - target| {np.abs(answered - wanted).mean():.4f}")
    right = answered.argmax(axis=1) == wanted.argmax(axis=1)
    clear = wanted.max(axis=1) > 0.9
    print(f"accuracy {right.mean():.4f}; of the {clear.sum()} whose target is above 0.9: {right[clear].mean():.4f}")


def save(network, path, name, labels, data):
    """Writes the ONNX file and the labels beside it, and says how far ONNX Runtime is from torch on `data`."""
    shape = [1, *data.shape[1:]]
    model = network.to(memory_format=torch.contiguous_format).write_onnx(name, shape, f"classes: {', '.join(labels)}")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))
    path.with_suffix(".labels.txt").write_text("".join(f"{label}\n" for label in labels))

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    answers = np.concatenate([session.run(["prob"], {"data": picture[None]})[0] for picture in data.numpy()])
    difference = np.abs(answers - probabilities(network, data)).max()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    print(f"{path.name}: {parameters} parameters, {path.stat().st_size} bytes")
    print(f"ONNX Runtime against torch, softmax of {len(data)} pictures: at most {difference:.2e} apart")

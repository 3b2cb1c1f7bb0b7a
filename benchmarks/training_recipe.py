"""Writes a recipe of all kinds of stages at the width of Wan2.2-TI2V-5B, with latents and a codec that hold nothing but
random numbers, for scripts/gpu_report: what a step takes does not depend on what is trained. Needs no package.
"""

import json
import random
import struct
from pathlib import Path

CHANNELS, PATCH, GROUP = 48, 16, 4
TEXT_WIDTH, TEXT_LENGTH = 4096, 512
PROMPT_TOKENS = 40

RECIPE = """# Two steps of each stage of recipes/wan, with {layers} of the model's 30 blocks.

[run]
device = "cuda"
save_every = 1000

[data]
use = "latents"
folder = "{folder}/latents"
frames = {frames}
height = {height}
width = {width}

[codec]
use = "linear"
patch = {patch}
group = {group}
channels = {channels}
load = "codec.safetensors"

[text]
width = {text_width}
length = {text_length}

[generator]
use = "wan_dit"
latent_channels = {channels}
width = 3072
heads = 24
blocks = {layers}
ffn_width = 14336
text_width = {text_width}
frequency_width = 256
patch = [1, 2, 2]
regime = "wan_bf16"
checkpointing = true

[adapter]
use = "injection"
width = 192
blocks = 3

[discriminator]
use = "attention"
features = "pretrain"
taps = [{taps}]
width = 0
heads = 24

[[stage]]
name = "pretrain"
use = "pretrain"
steps = 2
batch = 1
weights = "bf16"
[[stage.objective]]
name = "flow"
use = "diffusion"
target = "generator"

[[stage]]
name = "adapter"
use = "adapter"
generator = "pretrain"
steps = 2
batch = 1
[[stage.objective]]
name = "flow"
use = "diffusion"
target = "adapter"

[[stage]]
name = "distil"
use = "distil"
generator = "pretrain"
steps = 2
batch = 1
weights = "bf16"
real_guidance = 7.0
[[stage.objective]]
name = "dmd"
use = "distribution_matching"
target = "generator"
[[stage.objective]]
name = "fake_score"
use = "diffusion"
compare = "clean"
target = "fake_score"

[[stage]]
name = "hybrid"
use = "hybrid"
generator = "distil"
adapter = "adapter"
steps = 2
batch = 1
timesteps = {{ density = "uniform", shift = 1.0, low = 0.02, high = 0.98 }}
[[stage.objective]]
name = "diffusion"
use = "diffusion"
compare = "clean"
target = "adapter"
[[stage.objective]]
name = "gan"
use = "adversarial"
target = "adapter"
weight = 0.01
[[stage.objective]]
name = "gan_discriminator"
use = "discriminator"
target = "discriminator"
weight = 0.01
"""


def write_safetensors(path, tensors):
    """`tensors`: name to (dtype word, shape, bytes)."""
    header, offset = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


def floats(shape, rng, scale=1.0):
    """Random numbers; a large tensor repeats some thousands of them."""
    count = 1
    for extent in shape:
        count *= extent
    piece = [rng.gauss(0.0, scale) for _ in range(min(count, 9973))]
    data = struct.pack(f"<{len(piece)}f", *piece)
    return "F32", list(shape), (data * (count // len(piece) + 1))[: 4 * count]


def write_latents(folder, frames, height, width, rng):
    latent = [CHANNELS, 1 + (frames - 1) // GROUP, height // PATCH, width // PATCH]
    clips = []
    for number in range(2):
        name = f"clip{number}"
        place = folder / "clips" / name
        place.mkdir(parents=True, exist_ok=True)
        boxes = struct.pack("<4f", 0.2, 0.2, 0.5, 0.6) * frames
        write_safetensors(place / "0.safetensors", {
            "clean": floats(latent, rng), "control_masks": floats(latent, rng), "control_boxes": floats(latent, rng),
            "boxes": ("F32", [1, frames, 4], boxes), "colours": floats([1, 3], rng), "valid": ("BOOL", [1], b"\1")})
        write_safetensors(place / "text.safetensors", {"text": floats([PROMPT_TOKENS, TEXT_WIDTH], rng, 0.1)})
        clips.append({"name": name, "prompt": "a ball", "evaluation": False, "starts": [0], "objects": [1]})
    index = {"format": "flashmotion-latents", "version": 1, "settings": "random numbers",
             "pixels": [frames, height, width], "max_objects": 1, "latent": latent,
             "text": [TEXT_LENGTH, TEXT_WIDTH], "flip": False, "clips": clips}
    (folder / "index.json").write_text(json.dumps(index))


def write_codec(path, rng):
    tensors = {}
    for part, numbers in (("first", 3 * PATCH * PATCH), ("rest", 3 * PATCH * PATCH * GROUP)):
        tensors[f"{part}.mean"] = floats([numbers], rng)
        tensors[f"{part}.components"] = floats([numbers, CHANNELS], rng, 0.02)
        tensors[f"{part}.scale"] = ("F32", [CHANNELS], struct.pack("<f", 1.0) * CHANNELS)
    write_safetensors(path, tensors)


def write(folder, frames, height, width, layers):
    """Returns the recipe's file."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    write_latents(folder / "latents", frames, height, width, rng)
    write_codec(folder / "codec.safetensors", rng)
    taps = sorted({layers * k // 3 - 1 for k in (1, 2, 3)} - {-1})
    recipe = folder / "stages.toml"
    recipe.write_text(RECIPE.format(folder=folder, frames=frames, height=height, width=width, layers=layers, patch=PATCH,
                                    group=GROUP, channels=CHANNELS, text_width=TEXT_WIDTH, text_length=TEXT_LENGTH,
                                    taps=", ".join(str(tap) for tap in taps)))
    return recipe

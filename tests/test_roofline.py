"""The arithmetic of bytes and FLOPs: against makers' counts, against MLX's own arrays, by hand."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx_lm
import pytest
from mlx.utils import tree_flatten

from course import model, published, roofline
from course.roofline import GB, GIB

MODELS, MACHINES = published.models(), published.machines()
EIGHT = MODELS["Llama 3.1 8B"]


@pytest.mark.parametrize("name", MODELS)
def test_a_models_parameters_are_what_its_makers_state(name: str) -> None:
    assert MODELS[name].parameters == pytest.approx(MODELS[name].card, rel=0.01)


def test_llama_is_counted_to_the_last_parameter() -> None:
    assert EIGHT.parameters == 8_030_261_248


@pytest.mark.parametrize("file", ["models", "machines", "published"])
def test_every_row_says_where_it_is_from(file: str) -> None:
    table = tomllib.loads((published.DATA / f"{file}.toml").read_text(encoding="utf-8"))
    rows = [row for kind, rows in table.items() if kind != "claimed" for row in rows]
    assert rows
    for row in rows:
        assert len(row["source"]) > 10, row


def test_what_is_published_names_models_and_machines_that_are_known() -> None:
    for row in [*published.measured(), *published.claimed()]:
        assert row["model"] in MODELS
        assert published.bandwidths(row["machine"].split(",")[0])


def test_no_published_measurement_beats_its_ceiling() -> None:
    assert all(extra > 0 for extra in published.overheads())


@pytest.mark.parametrize("bits", [16, 8, 4, 2])
def test_the_built_in_model_has_the_bytes_that_paper_says(bits: int) -> None:
    folder = Path(model.directory("notes"))
    paper = roofline.from_config(json.loads((folder / "config.json").read_text()))
    arrays = mlx_lm.load(str(folder))[0]
    arrays.set_dtype(mx.float16)
    if bits < 16:
        nn.quantize(arrays, group_size=64, bits=bits)
    parameters = tree_flatten(arrays.parameters())
    assert sum(w.nbytes for _, w in parameters) == paper.weight_bytes(bits)


def test_bytes_by_hand() -> None:
    assert EIGHT.weight_bytes(4) / GB == pytest.approx(4.517, abs=1e-3)
    assert EIGHT.read_bytes(4) / GB == pytest.approx(4.222, abs=1e-3)
    assert EIGHT.cache_bytes(8192) == 2**30
    tied = replace(EIGHT, tied=True)
    assert tied.weight_bytes(4) == tied.read_bytes(4)
    assert EIGHT.flops() == pytest.approx(2 * (EIGHT.parameters - EIGHT.table), rel=1e-3)


def test_a_mixture_reads_its_active_experts_and_more_of_them_with_a_batch() -> None:
    mixture = MODELS["Qwen3 30B-A3B"]
    read = [mixture.read_bytes(4, batch) for batch in (1, 4, 64)]
    assert read == sorted(read)
    assert read[0] < 0.12 * mixture.weight_bytes(4)
    assert mixture.touched(10_000) == pytest.approx(mixture.experts)


def test_the_roof_is_the_lower_of_two() -> None:
    assert roofline.roof(2, flops=100, bandwidth=10) == 20
    assert roofline.roof(20, flops=100, bandwidth=10) == 100


def test_an_estimate_says_what_fits_what_is_possible_and_what_was_seen() -> None:
    found = roofline.estimate(EIGHT, MACHINES["M4 Max, 40-core GPU, 64 GB"], 4, 0)
    assert found.fits
    assert found.ceiling == pytest.approx(129.3, abs=0.1)
    assert found.expected is not None
    low, high = found.expected
    assert 0.5 * found.ceiling < low < high < found.ceiling
    assert "fits" in str(found) and "at most 129.3 tokens/s, bound by memory" in str(found)

    large = roofline.estimate(MODELS["Llama 3.1 70B"], MACHINES["M4, 16 GB"], 4, 0)
    assert not large.fits and "does NOT fit" in str(large)

    card = roofline.estimate(EIGHT, MACHINES["H100 SXM, 80 GB"], 4, 0, batch=4096)
    assert card.expected is None
    assert "bound by arithmetic" in str(card) and "4,096" not in str(found)
    assert card.batch * card.ceiling == pytest.approx(989e12 / EIGHT.flops(), rel=1e-6)


def test_published_speeds_lie_in_the_range_that_is_expected() -> None:
    for row in published.measured():
        found = roofline.estimate(
            MODELS[row["model"]], MACHINES[f"{row['machine']}, 64 GB"], row["bits"], row["prompt"]
        )
        assert found.expected is not None
        low, high = found.expected
        assert low * 0.999 <= row["decode"] <= high * 1.001


def test_a_macs_gpu_gets_a_share() -> None:
    assert roofline.gpu_share(16 * GIB) == pytest.approx(10.67 * GIB, rel=1e-3)
    assert roofline.gpu_share(64 * GIB) == 48 * GIB
    assert MACHINES["M4, 16 GB"].budget < MACHINES["M4, 16 GB"].memory
    assert MACHINES["RTX 4090, 24 GB"].budget == MACHINES["RTX 4090, 24 GB"].memory


def test_this_machine_has_two_roofs_and_a_memory() -> None:
    here = roofline.here()
    assert here.kind == "here"
    assert min(here.bandwidth, here.flops, here.memory) > 0

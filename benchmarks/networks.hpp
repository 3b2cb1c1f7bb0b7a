#pragma once

#include "benchmarks/row.hpp"
#include "flashmotion/wan/dit.hpp"
#include "flashmotion/wan/umt5.hpp"
#include "flashmotion/wan/vae.hpp"

// The networks that the Python side wrote, `model.safetensors` in a folder each, with weights in memory of their own.

namespace benchmarks {

flashmotion::wan::DitGenerator load_dit(const RowOptions& options);
flashmotion::wan::Vae load_vae(const RowOptions& options);
flashmotion::wan::Umt5Encoder load_text_encoder(const RowOptions& options);

}  // namespace benchmarks

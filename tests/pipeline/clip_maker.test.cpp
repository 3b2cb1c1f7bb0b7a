#include "flashmotion/pipeline/clip_maker.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/pipeline/latent_file.hpp"
#include "tests/pipeline/tiny_model.hpp"

namespace clip_maker_test {

using namespace flashmotion;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// What was made of a request, as bytes of the clip, and its latent.
struct Made {
  std::string bytes;
  Tensor latent;
};
Made make(const PipelineRequest& asked) {
  tiny_model::Lines lines;
  tiny_model::run(asked, lines);
  const fs::path out = asked.cases[0].out;
  return {read_file(out.string()), read_latents(latents_beside(out)).latent.clone()};
}

PipelineRequest with_everything(const TempFolder& folder, const fs::path& model, const std::string& name) {
  PipelineRequest asked = tiny_model::request(model, folder / name);
  asked.adapter = tiny_model::adapter(folder);
  asked.cases[0].image = tiny_model::picture(folder);
  asked.cases[0].trajectory = tiny_model::trajectory(folder);
  return asked;
}

TEST_CASE("both layouts and two runs give the same bytes", "[pipeline][law]") {
  const TempFolder folder;
  const fs::path original = tiny_model::copy(folder, "original"), diffusers = tiny_model::copy(folder, "diffusers");
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const auto asked = [&](const fs::path& model, const char* name) {
      PipelineRequest request = with_everything(folder, model, name);
      request.arithmetic.dtype = request.arithmetic.vae_dtype = type;
      return request;
    };
    const Made one = make(asked(original, "one.mp4"));
    const Made again = make(asked(original, "again.mp4"));
    const Made other = make(asked(diffusers, "other.mp4"));
    CHECK(one.latent.sizes() == at::IntArrayRef({1, 4, 3, 2, 2}));
    CHECK(one.latent.equal(again.latent));
    CHECK(one.bytes == again.bytes);
    CHECK(one.latent.equal(other.latent));
    CHECK(one.bytes == other.bytes);
    fs::remove(folder / "one.latents.safetensors");
    fs::remove(folder / "again.latents.safetensors");
    fs::remove(folder / "other.latents.safetensors");
  }
}

TEST_CASE("everything that is given changes the clip", "[pipeline][unit]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  int count = 0;
  const auto asked = [&] { return with_everything(folder, model, fmt::format("clip{}.mp4", count++)); };
  const Tensor base = make(asked()).latent;
  const auto differs = [&](const PipelineRequest& request) { return !make(request).latent.equal(base); };
  PipelineRequest changed = asked();
  changed.cases[0].seed = 8;
  CHECK(differs(changed));
  changed = asked();
  changed.cases[0].prompt = "a dog";
  CHECK(differs(changed));
  changed = asked();
  changed.guidance = 1.0;
  CHECK(differs(changed));
  changed = asked();
  changed.negative = "blur";
  CHECK(differs(changed));
  changed = asked();
  changed.shift = 2.0;
  CHECK(differs(changed));
  changed = asked();
  changed.sampler = "few_step";
  CHECK(differs(changed));
  changed = asked();
  changed.adapter.clear();
  changed.cases[0].trajectory.clear();
  CHECK(differs(changed));
  changed = asked();
  changed.cases[0].image.clear();
  CHECK(differs(changed));
}

TEST_CASE("the clip begins with the given picture's latent", "[pipeline][law]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  PipelineRequest asked = tiny_model::request(model, folder / "clip.mp4");
  asked.cases[0].image = tiny_model::picture(folder);
  const Tensor latent = make(asked).latent;
  const WanFolder opened = open_wan_folder({model});
  const wan::Vae vae = load_vae(opened.checkpoint.at(wan::Role::vae), asked.arithmetic, asked.progress);
  const torch::NoGradGuard no_grad;
  const Tensor picture = fitted_picture(read_image_rgb8(asked.cases[0].image), *asked.size);
  CHECK(latent.narrow(2, 0, 1).equal(vae.encode(picture.unsqueeze(1).unsqueeze(0))));
}

TEST_CASE("a trajectory of other frames is retimed and said so", "[pipeline][message]") {
  const TempFolder folder;
  PipelineRequest asked = with_everything(folder, tiny_model::copy(folder, "original"), "clip.mp4");
  asked.cases[0].prompt.clear();
  asked.cases[0].trajectory = tiny_model::trajectory(folder, 17);
  tiny_model::Lines lines;
  tiny_model::run(asked, lines);
  CHECK(lines.say("has 17 frames and the clip 9: its motion is spread over these"));
  CHECK(lines.say("the model was made for clips of 1280x704 and 704x1280; at 32x32 it may do worse"));
  CHECK(read_latents(folder / "clip.latents.safetensors").prompt == "a red ball");
}

TEST_CASE("a denoised clip is not denoised again, unless it is another", "[pipeline][unit]") {
  const TempFolder folder;
  PipelineRequest asked = tiny_model::request(tiny_model::copy(folder, "original"), folder / "clip.mp4");
  const Made first = make(asked);
  fs::remove(folder / "clip.mp4");
  // Without the transformer's numbers it can still be finished.
  const fs::path latents = folder / "clip.latents.safetensors";
  ClipLatents changed = read_latents(latents);
  changed.latent = changed.latent + 0.5;
  write_latents(latents, changed);
  CHECK(make(asked).latent.equal(changed.latent));
  asked.cases[0].seed = 9;
  CHECK_FALSE(make(asked).latent.equal(changed.latent));
  asked.cases[0].seed = 7;
  asked.keep_latents = false;
  tiny_model::Lines lines;
  tiny_model::run(asked, lines);
  CHECK(lines.say("is of other settings; the clip is made anew"));
  CHECK_FALSE(fs::exists(latents));
  CHECK(read_file((folder / "clip.mp4").string()) == first.bytes);
}

TEST_CASE("requests that cannot be met are refused before anything is written", "[pipeline][message]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  const auto refusal = [&](const std::function<void(PipelineRequest&)>& change) {
    PipelineRequest asked = with_everything(folder, model, "clip.mp4");
    change(asked);
    tiny_model::Lines lines;
    try {
      tiny_model::run(asked, lines);
    } catch (const InputError& problem) {
      return std::string(problem.what());
    }
    return std::string("none");
  };
  CHECK_THAT(refusal([](auto& r) { r.frames = 10; }), Contains("which is not 1 + 4k; use 9 or 13"));
  CHECK_THAT(refusal([](auto& r) { r.size = PixelSize{48, 32}; }), Contains("give 32 or 64 in --size"));
  CHECK_THAT(refusal([](auto& r) { r.adapter.clear(); }), Contains("no adapter that follows it; give --adapter"));
  CHECK_THAT(refusal([](auto& r) { r.cases[0].trajectory.clear(); }), Contains("give --trajectory"));
  CHECK_THAT(refusal([](auto& r) { r.steps = 0; }), Contains("--steps is 0, and must be 1 to 1000"));
  CHECK_THAT(refusal([](auto& r) { r.sampler = "unipd"; }),
             Contains("no sampler named 'unipd'; did you mean 'unipc'?"));
  CHECK_THAT(refusal([](auto& r) { r.sampler_keys = {"grit=\"wan\""}; }), Contains("grit"));
  CHECK_THAT(refusal([](auto& r) { r.sampler_keys = {"grid"}; }), Contains("is no KEY=VALUE of the sampler"));
  CHECK_THAT(refusal([](auto& r) { r.cases[0].out = "no/such/clip.mp4"; }), Contains("there is no folder 'no/such'"));
  CHECK_THAT(refusal([](auto& r) { r.cases[0].image = "none.png"; }), Contains("none.png"));
  CHECK_THAT(refusal([](auto& r) {
               r.adapter.clear();
               r.cases[0].trajectory.clear();
               r.cases[0].prompt.clear();
             }),
             Contains("a clip needs words: give --prompt"));
  CHECK_FALSE(fs::exists(folder / "clip.mp4"));
  CHECK_FALSE(fs::exists(folder / "clip.latents.safetensors"));
}

TEST_CASE("a text model with two experts makes clips of words, and takes no picture", "[pipeline][unit]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "diffusers");
  fs::copy(model / "transformer", model / "transformer_2");
  const auto vae = tiny_vae::shaken(tiny_vae::config(wan::VaeVersion::wan21)).named_tensors();
  tiny_checkpoints::write(model / "vae/diffusion_pytorch_model.safetensors",
                          tiny_checkpoints::as_diffusers(wan::ModelKind::vae21, vae));
  tiny_checkpoints::write_text(model / "vae/config.json", R"({"_class_name": "AutoencoderKLWan", "base_dim": 8,
"z_dim": 4, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "temperal_downsample": [false, true, true]})");
  PipelineRequest asked = tiny_model::request(model, folder / "clip.mp4");
  asked.size = PixelSize{48, 16};
  asked.steps = 4;
  CHECK(make(asked).latent.sizes() == at::IntArrayRef({1, 4, 3, 2, 6}));
  const WanFolder opened = open_wan_folder({model});
  CHECK(opened.cell() == 16);
  CHECK(opened.preset.boundary == 0.875);
  const std::int64_t weights = plan_memory(opened, {}, {.size = {48, 16}, .frames = 9})[1].weights;
  CHECK(weights == 2 * 2 * parameters_of(wan::DitGenerator(opened.dit, nn::Storage::deferred).named_tensors()));
  asked.cases[0].image = tiny_model::picture(folder);
  tiny_model::Lines lines;
  CHECK_THROWS_WITH(tiny_model::run(asked, lines), Contains("makes clips from text alone"));
}

TEST_CASE("networks compute the same wherever their blocks wait", "[pipeline][law]") {
  const TempFolder folder;
  const torch::NoGradGuard no_grad;
  const WanFolder opened = open_wan_folder({tiny_model::copy(folder, "diffusers")});
  ProgressOptions quiet;
  quiet.quiet = true;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Arithmetic arithmetic{.dtype = type};
    const auto velocity = [&](const BlockPlacement& placement) {
      AnyGenerator generator = load_transformer(opened, arithmetic, placement, quiet);
      DenoiseRequest request;
      request.latent = Rng(1, "latent").normal(opened.latent_shape({32, 32}, 9));
      request.sigma = torch::full({1}, 0.6);
      request.text.tokens = Rng(2, "text").normal({1, 5, opened.dit.text_width}).to(type);
      return generator.denoise(request).prediction;
    };
    const auto text = [&](const BlockPlacement& placement) {
      const wan::Umt5Encoder encoder = load_text_encoder(opened, arithmetic, placement, quiet);
      return encoder.encode({torch::tensor({{5, 9, 2, 1}}), torch::ones({1, 4}, torch::kLong)}).hidden;
    };
    for (const std::int64_t resident : {0, 1}) {
      CHECK(velocity({.resident = resident}).equal(velocity({})));
      CHECK(text({.resident = resident}).equal(text({})));
    }
    const Tensor packed = velocity({.format = nn::WeightFormat::int8});
    CHECK_FALSE(packed.equal(velocity({})));
    CHECK(((packed - velocity({})).norm() / velocity({}).norm()).item<double>() < 0.05);
    CHECK(velocity({.format = nn::WeightFormat::int8, .resident = 0}).equal(packed));
  }
}

TEST_CASE("a clip is the same within a budget, and a budget that is too small is refused", "[pipeline][message]") {
  const TempFolder folder;
  const fs::path model = tiny_model::copy(folder, "original");
  const Made free = make(with_everything(folder, model, "free.mp4"));
  PipelineRequest asked = with_everything(folder, model, "tight.mp4");
  tiny_model::Lines lines;
  std::int64_t largest = 0;
  for (const PlannedPhase& phase : tiny_model::plan(asked, lines)) largest = std::max(largest, phase.total());
  asked.memory.budget = largest;
  CHECK(make(asked).bytes == free.bytes);
  asked = with_everything(folder, model, "none.mp4");
  asked.memory.budget = largest / 2;
  CHECK_THROWS_WITH(tiny_model::run(asked, lines),
                    Contains("and the budget is 0.00 GiB; allow more, or give a smaller"));
  CHECK_FALSE(fs::exists(folder / "none.mp4"));
}

}  // namespace clip_maker_test

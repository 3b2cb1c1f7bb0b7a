#include "flashmotion/processes/processes.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/processes/equality.hpp"
#include "flashmotion/processes/gradients.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/thread_processes.hpp"

#include <atomic>

namespace processes_test {

using flashmotion::NamedTensors;
using flashmotion::Processes;

TEST_CASE("one process gives back what it was given", "[processes][unit]") {
  flashmotion::OneProcess one;
  CHECK(flashmotion::told_by_first(one, [] { return std::string("x"); }) == "x");
  CHECK(flashmotion::any_signal(one, 15) == 15);
  CHECK(one.gather("a") == std::vector<std::string>{"a"});
}

TEST_CASE("the first process works and all get what it made", "[processes][unit]") {
  std::atomic<int> calls{0};
  thread_processes::run(3, [&](Processes& processes) {
    const std::string told = flashmotion::told_by_first(processes, [&] {
      ++calls;
      return std::string("made");
    });
    if (told != "made") throw flashmotion::Error("told " + told);
  });
  CHECK(calls == 1);
}

TEST_CASE("a stop of one process stops all", "[processes][unit]") {
  std::atomic<int> stopped{0}, seen{0};
  thread_processes::run(2, [&](Processes& processes) {
    seen += flashmotion::any_signal(processes, processes.rank() == 1 ? 2 : 0);
    try {
      flashmotion::by_first(processes, [] { throw flashmotion::Interrupted(15); });
    } catch (const flashmotion::Interrupted& stop) {
      stopped += stop.signal();
    }
  });
  CHECK(seen == 4);
  CHECK(stopped == 30);
}

TEST_CASE("texts that differ are an error in all processes", "[processes][message]") {
  std::atomic<int> errors{0};
  thread_processes::run(3, [&](Processes& processes) {
    try {
      flashmotion::expect_agreement(processes, processes.rank() == 2 ? "other" : "same",
                                    [](const std::string& a, const std::string& b) { return a + " != " + b; });
    } catch (const flashmotion::InputError& problem) {
      if (problem.message() == "process 2 of 3 same != other") ++errors;
    }
  });
  CHECK(errors == 3);
}

TEST_CASE("gradients are averaged in buckets of any size, narrow ones in float32", "[processes][law]") {
  for (const std::int64_t bucket : {1, 5, 100}) {
    std::atomic<int> right{0};
    thread_processes::run(2, [&](Processes& processes) {
      const double own = processes.rank() == 0 ? 1.0 : 4.0;
      const NamedTensors like{{"a", torch::zeros({2, 3})},
                              {"b", torch::zeros({4})},
                              {"c", torch::zeros({2})},
                              {"d", torch::zeros({}, torch::kBFloat16)},
                              {"e", torch::zeros({3})}};
      // b has a gradient in one process, c in none; e's is a view that is not dense.
      std::vector<at::Tensor> gradients{torch::full({2, 3}, own),
                                        processes.rank() == 0 ? torch::ones({4}) : at::Tensor(), at::Tensor(),
                                        torch::full({}, own, torch::kBFloat16), torch::full({1}, own).expand({3})};
      flashmotion::mean_gradients(processes, like, gradients, bucket);
      const bool good = gradients[0].equal(torch::full({2, 3}, 2.5)) && gradients[1].equal(torch::full({4}, 0.5)) &&
                        !gradients[2].defined() && gradients[3].equal(torch::full({}, 2.5)) &&
                        gradients[3].scalar_type() == torch::kFloat && gradients[4].equal(torch::full({3}, 2.5));
      if (good) ++right;
    });
    CHECK(right == 2);
  }
}

TEST_CASE("the first tensor that differs is found by a single bit, and values are given out", "[processes][unit]") {
  std::atomic<int> right{0};
  thread_processes::run(2, [&](Processes& processes) {
    const NamedTensors tensors{{"same", torch::arange(7)},
                               {"half", torch::ones({3}, torch::kBFloat16)},
                               {"differs", torch::zeros({5})},
                               {"differs too", torch::zeros({}, torch::kLong)}};
    const bool equal = flashmotion::first_difference(processes, tensors).empty();
    if (processes.rank() == 1) {
      tensors[2].tensor[4] = -0.0F;
      tensors[3].tensor.fill_(1);
    }
    const std::string first = flashmotion::first_difference(processes, tensors);
    flashmotion::broadcast_values(processes, tensors);
    const bool mended =
        flashmotion::first_difference(processes, tensors).empty() && tensors[3].tensor.item<std::int64_t>() == 0;
    if (equal && first == "differs" && mended) ++right;
  });
  CHECK(right == 2);
}

TEST_CASE("the digest sees each byte and the length", "[processes][unit]") {
  const at::Tensor bytes = torch::zeros({19}, torch::kByte);
  const std::uint64_t before = flashmotion::quick_digest(bytes);
  CHECK(before == flashmotion::quick_digest(torch::zeros({19}, torch::kByte)));
  CHECK(before != flashmotion::quick_digest(torch::zeros({18}, torch::kByte)));
  for (std::int64_t i = 0; i < 19; ++i) {
    bytes[i] = 1;
    CHECK(flashmotion::quick_digest(bytes) != before);
    bytes[i] = 0;
  }
}

}  // namespace processes_test

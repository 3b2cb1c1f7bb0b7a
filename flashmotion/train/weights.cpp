#include "flashmotion/train/weights.hpp"

#include "flashmotion/base/suggest.hpp"
#include "flashmotion/recipe/dumper.hpp"
#include "flashmotion/recipe/reader.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace flashmotion {
namespace weights_detail {

template <class Schedule>
WeightSchedule read(ComponentNode& component, Reporter& reporter) {
  const Schedule schedule = read_component<Schedule>(component, reporter);
  component.resolved = dump_config(schedule);
  return schedule;
}

}  // namespace weights_detail

WeightSchedule read_weight(ComponentOrNumber& weight, Reporter& reporter) {
  ComponentNode& component = weight.component;
  if (!component) return ConstantWeight{weight.number};
  if (component.use == "constant") return weights_detail::read<ConstantWeight>(component, reporter);
  if (component.use == "inverse") return weights_detail::read<InverseWeight>(component, reporter);
  if (component.use == "linear") return weights_detail::read<LinearWeight>(component, reporter);
  if (component.use == "cosine") return weights_detail::read<CosineWeight>(component, reporter);
  const std::vector<std::string> names{"constant", "inverse", "linear", "cosine"};
  reporter.error(component.use_region,
                 fmt::format("no weight schedule named '{}'; there are {}", component.use, quoted_list(names)));
  return ConstantWeight{};
}

}  // namespace flashmotion

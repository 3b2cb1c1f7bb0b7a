#include "flashmotion/processes/nccl/nccl.hpp"

#include "flashmotion/base/export.hpp"

#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

extern "C" FLASHMOTION_EXPORT c10d::Backend* flashmotion_make_nccl(const flashmotion::nccl::Meeting& meeting) {
  const auto how = c10d::ProcessGroupNCCL::Options::create();
  how->timeout = meeting.exchange;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(meeting.store, meeting.rank, meeting.size, how).release();
}

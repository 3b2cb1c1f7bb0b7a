#include "flashmotion/base/error.hpp"
#include "flashmotion/pipeline/case_list.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {

void run_cases(std::string_view bytes) {
  try {
    (void)flashmotion::parse_cases(bytes, "cases.csv", "in", "out", 0);
  } catch (const flashmotion::InputError&) {  // what bytes that are no list give
    return;
  }
}

std::vector<std::string> cases_seeds() {
  return {
      "id,image,prompt,trajectory,seed\na,a.png,\"one, two\",t.traj.json,7\nb,,words,,\n",
      "trajectory,prompt,image,id\r\nt,\"say \"\"x\"\"\",i,z\r\n",
  };
}

}  // namespace fuzz

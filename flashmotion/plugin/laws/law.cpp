#include "flashmotion/plugin/laws/law.hpp"

#include "flashmotion/base/error.hpp"

#include <c10/util/Exception.h>

#include <exception>

namespace flashmotion {

bool LawBook::judge(const std::string& law, const std::string& sentence, const std::function<std::string()>& find) {
  std::string broken;
  try {
    broken = find();
  } catch (const Interrupted&) {
    throw;
  } catch (const c10::Error& error) {
    broken = error.what_without_backtrace();
  } catch (const std::exception& error) {
    broken = error.what();
  }
  const bool holds = broken.empty();
  results_.push_back({law, holds, holds ? sentence : broken});
  return holds;
}

}  // namespace flashmotion

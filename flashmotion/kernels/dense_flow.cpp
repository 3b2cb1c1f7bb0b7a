#include "flashmotion/kernels/dense_flow.hpp"

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/video/tracking.hpp>

#include <mutex>

extern "C" __attribute__((visibility("default"))) bool flashmotion_dense_flow(
    const flashmotion::flow::DenseFlow& pictures) {
  try {
    // OpenCV divides a picture among its threads, and where the cuts run changes the flow.
    static std::once_flag once;
    std::call_once(once, [] { cv::setNumThreads(1); });
    const auto picture = [&](const unsigned char* pixels) {
      return cv::Mat(pictures.height, pictures.width, CV_8UC1, const_cast<unsigned char*>(pixels));
    };
    cv::Mat steps(pictures.height, pictures.width, CV_32FC2, pictures.steps);
    // A new one each time: it keeps nothing of the pair before.
    const auto search = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM);
    search->setFinestScale(0);
    cv::Mat result;
    search->calc(picture(pictures.from), picture(pictures.to), result);
    result.copyTo(steps);
    return true;
  } catch (const cv::Exception&) {
    return false;
  }
}

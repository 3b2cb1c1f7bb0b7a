#pragma once

#include <cstdint>

// Optical flow, in a library of its own that is loaded when it is first used. It holds the part of OpenCV that it
// needs: the whole of OpenCV, loaded beside LibTorch and SentencePiece, brings symbols that take each other's place
// (protobuf's and LAPACK's). Neither side of this function knows the other's types.

namespace flashmotion::flow {

/// Two grey pictures [height, width] without gaps, and room for the answer.
struct DenseFlow {
  const unsigned char* from;
  const unsigned char* to;
  std::int32_t height, width;
  float* steps;  // [height, width, 2]: the pixel at (x, y) of `from` is at (x + steps[0], y + steps[1]) of `to`
};

/// The library's only function, `flashmotion_dense_flow`: dense inverse search on one thread, safe to be called from
/// several. False when it failed.
using DenseFlowFunction = bool (*)(const DenseFlow&);

}  // namespace flashmotion::flow

// Films of how episodes of an evaluation failed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"

namespace foresight {

/// Renders the kept frames of the first `count` episodes without success beside the page `html`
/// (PROTOCOL-failure-N.mp4); returns the file names. Throws InputError without a page or ffmpeg.
std::vector<std::string> film_failures(const std::shared_ptr<const Character>& character,
                                       const EvaluationResult& result, int count,
                                       const fs::path& html);

}  // namespace foresight

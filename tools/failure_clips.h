// Films and motion files of how episodes of an evaluation failed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/protocols/evaluation.h"

namespace foresight {

/// Writes the kept frames of the first `count` episodes without success beside the page `html`, in
/// every format (PROTOCOL-failure-N.FORMAT); returns the names of the films (mp4). Throws
/// InputError without a page or ffmpeg.
std::vector<std::string> export_failures(const std::shared_ptr<const Character>& character,
                                         const EvaluationResult& result, int count,
                                         const std::vector<std::string>& formats,
                                         const fs::path& html);

}  // namespace foresight

// Shards: results of parts of an evaluation, run on many machines, as files that add up to the
// whole.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "controller/protocols/report.h"

namespace foresight {

/// A part of an evaluation with all that its reports need.
struct ShardFile {
  RunIdentity identity;
  int episodes = 0;  // of the whole evaluation
  EvaluationResult result;
};

/// Numbers and scenes come back exactly, paths as they are drawn; frames for clips and rollouts are
/// left out.
nlohmann::json to_json(const ShardFile& shard);
/// Throws InputError naming `source` when it is no shard.
ShardFile shard_from_json(const nlohmann::json& json, const std::string& source);

/// Joins all shards of one evaluation. Throws InputError when they belong to different evaluations
/// or do not cover every episode exactly once.
ShardFile merge_shards(std::vector<ShardFile> shards);

}  // namespace foresight

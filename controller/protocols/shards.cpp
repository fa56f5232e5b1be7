#include "controller/protocols/shards.h"

#include <algorithm>

#include "controller/protocols/report_page.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

std::vector<double> flat(const Eigen::MatrixXd& m) { return {m.data(), m.data() + m.size()}; }

// The whole matrix: its halves may differ in the last bit, and sums must come back exactly.
json fit_json(const GaussianFit& fit) {
  return {{"count", fit.count()}, {"sum", flat(fit.sum())}, {"products", flat(fit.products())}};
}

GaussianFit fit_from(const json& j) {
  const auto sum = j.at("sum").get<std::vector<double>>();
  const auto products = j.at("products").get<std::vector<double>>();
  if (products.size() != sum.size() * sum.size()) throw InputError("wrong size of sums");
  const auto n = static_cast<Eigen::Index>(sum.size());
  return {j.at("count").get<long>(), Eigen::Map<const Eigen::VectorXd>(sum.data(), n),
          Eigen::Map<const Eigen::MatrixXd>(products.data(), n, n)};
}

json motion_json(const MotionSummary& m) {
  return {m.seconds, m.distance, m.foot_slide, m.jerk, m.power, m.mean_speed};
}

MotionSummary motion_from(const json& j) {
  const auto v = j.get<std::array<double, 6>>();
  return {v[0], v[1], v[2], v[3], v[4], v[5]};
}

json episode_json(const EpisodeResult& e) {
  json segments = json::array(), paths = json::array();
  for (const SegmentResult& s : e.segments) {
    segments.push_back({s.command.forward, s.command.left, s.command.turn_rate, s.mean_velocity.x(),
                        s.mean_velocity.y()});
  }
  for (const auto& path : e.paths) paths.push_back(drawn_path(path));
  return {{"index", e.index},         {"seed", e.seed},       {"fell", e.fell},
          {"success", e.success},     {"reason", e.reason},   {"motion", motion_json(e.motion)},
          {"measures", e.measures},   {"segments", segments}, {"paths", paths},
          {"scene", to_json(e.scene)}};
}

EpisodeResult episode_from(const json& j) {
  EpisodeResult e;
  e.index = j.at("index");
  e.seed = j.at("seed");
  e.fell = j.at("fell");
  e.success = j.at("success");
  e.reason = j.at("reason");
  e.motion = motion_from(j.at("motion"));
  e.measures = j.at("measures").get<std::map<std::string, double>>();
  for (const json& s : j.at("segments")) {
    const auto v = s.get<std::array<double, 5>>();
    e.segments.push_back({{v[0], v[1], v[2]}, {v[3], v[4]}});
  }
  e.paths = j.at("paths").get<std::vector<std::vector<std::array<double, 2>>>>();
  e.scene = scene_from_json(j.at("scene"));
  return e;
}

RunIdentity identity_from(const json& j) {
  RunIdentity id{j.at("protocol"), j.at("method"), j.at("checkpoint_sha256"),
                 j.at("eval_data_sha256"), j.at("device")};
  id.versions = j.at("versions");
  id.options = j.at("options");
  id.threads = j.at("threads");
  id.batch = j.at("batch");
  id.seed = j.at("seed");
  return id;
}

void append(EvaluationResult& whole, EvaluationResult&& part) {
  std::move(part.episodes.begin(), part.episodes.end(), std::back_inserter(whole.episodes));
  std::move(part.batches.begin(), part.batches.end(), std::back_inserter(whole.batches));
  whole.step_ms.insert(whole.step_ms.end(), part.step_ms.begin(), part.step_ms.end());
  whole.network_calls += part.network_calls;
  whole.character_seconds += part.character_seconds;
  whole.wall_seconds += part.wall_seconds;
}

}  // namespace

json to_json(const ShardFile& shard) {
  const EvaluationResult& r = shard.result;
  json episodes = json::array(), batches = json::array();
  for (const EpisodeResult& e : r.episodes) episodes.push_back(episode_json(e));
  for (const BatchResult& b : r.batches) {
    batches.push_back({{"index", b.index}, {"features", fit_json(b.features)}});
  }
  return {{"kind", "evaluation shard"},
          {"identity", to_json(shard.identity)},
          {"episodes_in_all", shard.episodes},
          {"episodes", episodes},
          {"batches", batches},
          {"step_ms", r.step_ms},
          {"network_calls", r.network_calls},
          {"character_seconds", r.character_seconds},
          {"wall_seconds", r.wall_seconds}};
}

ShardFile shard_from_json(const json& j, const std::string& source) {
  ShardFile shard;
  try {
    if (j.at("kind") != "evaluation shard") throw InputError("wrong kind");
    shard.identity = identity_from(j.at("identity"));
    shard.episodes = j.at("episodes_in_all");
    for (const json& e : j.at("episodes")) shard.result.episodes.push_back(episode_from(e));
    for (const json& b : j.at("batches")) {
      shard.result.batches.push_back({b.at("index").get<int>(), fit_from(b.at("features"))});
    }
    shard.result.step_ms = j.at("step_ms").get<std::vector<double>>();
    shard.result.network_calls = j.at("network_calls");
    shard.result.character_seconds = j.at("character_seconds");
    shard.result.wall_seconds = j.at("wall_seconds");
  } catch (const std::exception& error) {
    throw InputError(source + ": not a shard written by foresight eval --shard (" + error.what() +
                     ")");
  }
  return shard;
}

ShardFile merge_shards(std::vector<ShardFile> shards) {
  if (shards.empty()) throw InputError("no shards to merge");
  std::sort(shards.begin(), shards.end(), [](const ShardFile& a, const ShardFile& b) {
    const auto first = [](const ShardFile& s) {
      return s.result.episodes.empty() ? -1 : s.result.episodes.front().index;
    };
    return first(a) < first(b);
  });
  const json identity = to_json(shards.front().identity);
  ShardFile whole{shards.front().identity, shards.front().episodes, {}};
  for (ShardFile& shard : shards) {
    if (to_json(shard.identity) != identity || shard.episodes != whole.episodes) {
      throw InputError(
          "the shards belong to different evaluations: protocol, method, checkpoint, "
          "options, device, threads, batch, seed and episodes must be the same");
    }
    append(whole.result, std::move(shard.result));
  }
  int expected = 0;
  for (const EpisodeResult& e : whole.result.episodes) {
    if (e.index != expected++) break;
  }
  const int have = static_cast<int>(whole.result.episodes.size());
  if (have != whole.episodes || expected != whole.episodes) {
    throw InputError("the shards hold " + std::to_string(have) + " of " +
                     std::to_string(whole.episodes) +
                     " episodes, or some twice: give every shard exactly once");
  }
  return whole;
}

}  // namespace foresight

#include "controller/eval_data.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "controller/features.h"
#include "controller/lookahead_model.h"
#include "controller/statistics.h"
#include "models/safetensors.h"
#include "models/torch.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr double kUpright = 0.85;  // cosine of the largest tilt of a start state
constexpr int kQuietSteps = 30;    // a start state must survive that long in its rollout

// Columns of a single-frame token that are not root xy.
torch::Tensor without_root_xy(const StateLayout& layout, const torch::Tensor& tokens) {
  const int at = layout.root_position();
  return torch::cat({tokens.narrow(-1, 0, at), tokens.narrow(-1, at + 2, layout.dim() - at - 2)},
                    -1);
}

// Motion features of raw frames [N, R].
torch::Tensor features_of(const StateLayout& layout, const torch::Tensor& raw) {
  return without_root_xy(layout, window_features(layout, raw.unsqueeze(1), 0)).squeeze(1);
}

Eigen::VectorXd to_vector(const torch::Tensor& row) {
  const auto d = row.to(torch::kDouble).contiguous();
  return Eigen::Map<const Eigen::VectorXd>(d.data_ptr<double>(), d.numel());
}

torch::Tensor to_tensor(const Eigen::MatrixXd& m) {
  auto out = torch::empty({m.rows(), m.cols()}, torch::kDouble);
  Eigen::Map<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(out.data_ptr<double>(), m.rows(),
                                                             m.cols()) = m;
  return out;
}

struct Candidate {
  std::int64_t row;
  double speed;
};

double ground_speed(const RolloutSet& set, std::int64_t row) {
  const float* v = set.frames.data() + row * set.layout.size() + RawLayout::root_velocity;
  return std::hypot(v[0], v[1]);
}

bool upright(const RolloutSet& set, std::int64_t row, double standing_height) {
  const float* f = set.frames.data() + row * set.layout.size();
  const Quaterniond q(f[3], f[4], f[5], f[6]);
  return (q * Vector3d::UnitZ()).z() > kUpright && f[2] > 0.85 * standing_height &&
         f[2] < 1.15 * standing_height;
}

std::vector<Candidate> candidates(const RolloutSet& set, double low, double high, double height) {
  std::vector<Candidate> found;
  for (const RolloutEpisode& e : set.episodes) {
    if (set.clips[e.clip].category != "locomotion") continue;
    for (int t = 0; t + kQuietSteps < e.steps; ++t) {
      const double speed = ground_speed(set, e.first + t);
      if (speed < low || speed >= high || !upright(set, e.first + t, height)) continue;
      found.push_back({e.first + t, speed});
    }
  }
  return found;
}

StartState start_at(const RolloutSet& set, const Candidate& c) {
  StartState start;
  start.speed = c.speed;
  const auto copy = [&](const std::vector<float>& from, int width) {
    const auto first = from.begin() + c.row * width;
    return std::vector<double>(first, first + width);
  };
  start.qpos = copy(set.qpos, set.nq);
  start.qvel = copy(set.qvel, set.nv);
  const Quaterniond q = quat_from_wxyz(start.qpos.data() + 3).normalized();
  const Quaterniond back = quat_from_yaw(-yaw_of(q));
  start.qpos[0] = start.qpos[1] = 0;
  quat_to_wxyz(back * q, start.qpos.data() + 3);
  const Vector3d v = back * Vector3d(start.qvel[0], start.qvel[1], start.qvel[2]);
  std::copy(v.data(), v.data() + 3, start.qvel.begin());
  return start;
}

void draw_starts(const RolloutSet& set, const std::vector<Candidate>& from, int count,
                 const char* kind, Rng& rng, std::vector<StartState>& out) {
  if (count > 0 && from.empty()) {
    throw InputError(std::string("the rollouts hold no upright ") + kind +
                     " states of locomotion clips; collect more");
  }
  for (int i = 0; i < count; ++i) {
    out.push_back(start_at(set, from[rng.index(static_cast<int>(from.size()))]));
  }
}

void fit_features(const Character& character, const RolloutSet& set, const std::string& split,
                  EvalData& data) {
  const StateLayout layout = state_layout(character);
  const int stride = std::max(1, static_cast<int>(std::lround(kFeatureSeconds * set.control_hz)));
  GaussianFit fit(layout.dim() - 2);
  for (const RolloutEpisode& e : set.episodes) {
    if (!split.empty() && set.clips[e.clip].split != split) continue;
    auto* first = const_cast<float*>(set.frames.data()) + e.first * set.layout.size();
    const auto raw = torch::from_blob(first, {e.steps, set.layout.size()}, torch::kFloat);
    const auto rows = features_of(layout, raw.slice(0, 0, e.steps, stride).contiguous());
    for (std::int64_t i = 0; i < rows.size(0); ++i) fit.add(to_vector(rows[i]));
  }
  if (fit.count() < 2 * layout.dim()) {
    throw InputError("only " + std::to_string(fit.count()) + " motion samples" +
                     (split.empty() ? "" : " of split \"" + split + "\"") +
                     " in the rollouts: too few for a Gaussian fit");
  }
  data.feature_mean = fit.mean();
  data.feature_covariance = fit.covariance();
  if (!data.feature_covariance.allFinite()) {
    throw InputError("the rollouts hold states that are not numbers; collect them again");
  }
  data.feature_scale = data.feature_covariance.diagonal().cwiseMax(1e-6).cwiseSqrt();
}

// Episodes to take keyframe motions from, the least noisy first, one per clip before a second one.
std::vector<int> motion_episodes(const RolloutSet& set, const EvalDataOptions& options, int frames,
                                 Rng& rng) {
  std::vector<int> found;
  for (std::size_t e = 0; e < set.episodes.size(); ++e) {
    const RolloutClip& clip = set.clips[set.episodes[e].clip];
    const bool wanted = options.motion_split.empty() || clip.split == options.motion_split;
    if (wanted && clip.category == "locomotion" && set.episodes[e].steps >= frames) {
      found.push_back(static_cast<int>(e));
    }
  }
  for (int i = static_cast<int>(found.size()) - 1; i > 0; --i) {
    std::swap(found[i], found[rng.index(i + 1)]);
  }
  std::map<int, int> taken;
  std::vector<std::tuple<int, float, int>> order;
  for (const int e : found) {
    const RolloutEpisode& episode = set.episodes[e];
    order.emplace_back(taken[episode.clip]++, episode.noise, e);
  }
  std::stable_sort(order.begin(), order.end());
  std::vector<int> chosen;
  for (const auto& entry : order) chosen.push_back(std::get<2>(entry));
  if (static_cast<int>(chosen.size()) > options.motions) chosen.resize(options.motions);
  return chosen;
}

void take_motions(const RolloutSet& set, const EvalDataOptions& options, Rng& rng, EvalData& data) {
  const int frames = static_cast<int>(std::lround(options.motion_seconds * set.control_hz));
  for (const int e : motion_episodes(set, options, frames, rng)) {
    const std::int64_t first = set.episodes[e].first;
    const auto copy = [&](const std::vector<float>& from, int width) {
      return std::vector<float>(from.begin() + first * width,
                                from.begin() + (first + frames) * width);
    };
    data.motions.push_back({set.clips[set.episodes[e].clip].name, set.nq, set.nv,
                            copy(set.qpos, set.nq), copy(set.qvel, set.nv)});
  }
}

torch::Tensor motion_tensor(const std::vector<EvalMotion>& motions, bool positions) {
  std::vector<torch::Tensor> all;
  for (const EvalMotion& m : motions) {
    const auto& from = positions ? m.qpos : m.qvel;
    all.push_back(torch::tensor(from).view({m.frames(), positions ? m.nq : m.nv}));
  }
  return torch::stack(all);
}

void read_motions(const TensorFile& file, const fs::path& path, const Character& character,
                  EvalData& data) {
  const auto names = file.metadata.find("motions");
  if (names == file.metadata.end()) return;
  const auto qpos = file.tensors.find("motion_qpos"), qvel = file.tensors.find("motion_qvel");
  const json clips = json::parse(names->second, nullptr, false);
  const bool good = qpos != file.tensors.end() && qvel != file.tensors.end() && clips.is_array() &&
                    qpos->second.dim() == 3 && qvel->second.dim() == 3 &&
                    qpos->second.size(0) == static_cast<std::int64_t>(clips.size()) &&
                    qvel->second.size(0) == qpos->second.size(0) &&
                    qvel->second.size(1) == qpos->second.size(1) &&
                    qpos->second.size(2) == character.nq && qvel->second.size(2) == character.nv;
  if (!good) throw InputError(path.string() + ": its keyframe motions do not fit the character");
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto list = [&](const torch::Tensor& t) {
      const auto flat = t[row].to(torch::kFloat).contiguous();
      return std::vector<float>(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    };
    data.motions.push_back({clips[i].get<std::string>(), character.nq, character.nv,
                            list(qpos->second), list(qvel->second)});
  }
}

torch::Tensor field(const TensorFile& file, const std::string& name, int dims,
                    const fs::path& path) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end() || found->second.dim() != dims) {
    throw InputError(path.string() + ": tensor \"" + name + "\" is missing or has a wrong shape");
  }
  return found->second.to(torch::kDouble).contiguous();
}

std::vector<double> row_of(const torch::Tensor& table, std::int64_t row) {
  const double* first = table.data_ptr<double>() + row * table.size(1);
  return {first, first + table.size(1)};
}

torch::Tensor stack_rows(const std::vector<StartState>& starts, bool positions) {
  std::vector<torch::Tensor> rows;
  for (const StartState& s : starts)
    rows.push_back(torch::tensor(positions ? s.qpos : s.qvel, torch::kDouble));
  return torch::stack(rows);
}

}  // namespace

std::vector<double> EvalMotion::pose(int frame) const {
  const auto first = qpos.begin() + static_cast<std::ptrdiff_t>(frame) * nq;
  return {first, first + nq};
}

std::vector<double> EvalMotion::velocity(int frame) const {
  const auto first = qvel.begin() + static_cast<std::ptrdiff_t>(frame) * nv;
  return {first, first + nv};
}

Eigen::VectorXd motion_feature(const Character& character, const BodyState& state) {
  const StateLayout layout = state_layout(character);
  auto raw = torch::empty({1, layout.raw.size()});
  write_raw_frame(state, state.root_position.head<2>(),
                  {raw.data_ptr<float>(), static_cast<std::size_t>(layout.raw.size())});
  return to_vector(features_of(layout, raw)[0]);
}

EvalData make_eval_data(const Character& character, const RolloutSet& set,
                        const EvalDataOptions& options) {
  const torch::NoGradGuard no_grad;
  EvalData data;
  const double height = character.model->qpos0[2];
  const int standing = static_cast<int>(std::lround(options.starts * options.standing_share));
  Rng rng{random_key(options.seed, 0x73746172)};
  draw_starts(set, candidates(set, 0, 0.2, height), standing, "standing", rng, data.starts);
  draw_starts(set, candidates(set, 0.5, 1.8, height), options.starts - standing, "walking", rng,
              data.starts);
  fit_features(character, set, options.split, data);
  take_motions(set, options, rng, data);
  data.sources = training_data_of(set);
  return data;
}

void save_eval_data(const fs::path& file, const Character& character, const EvalData& data) {
  TensorFile out;
  out.tensors["start_qpos"] = stack_rows(data.starts, true);
  out.tensors["start_qvel"] = stack_rows(data.starts, false);
  out.tensors["feature_mean"] = to_tensor(data.feature_mean);
  out.tensors["feature_covariance"] = to_tensor(data.feature_covariance);
  if (!data.motions.empty()) {
    out.tensors["motion_qpos"] = motion_tensor(data.motions, true);
    out.tensors["motion_qvel"] = motion_tensor(data.motions, false);
    json names = json::array();
    for (const EvalMotion& m : data.motions) names.push_back(m.clip);
    out.metadata["motions"] = names.dump();
  }
  for (auto& [name, tensor] : out.tensors) tensor = tensor.to(torch::kFloat);
  out.metadata["kind"] = "evaluation data";
  out.metadata["character"] = character.name;
  out.metadata["joints"] = json(character.joint_names).dump();
  out.metadata["sources"] = data.sources.dump();
  write_file(file, encode_safetensors(out));
}

EvalData load_eval_data(const fs::path& path, const Character& character) {
  const std::string bytes = read_file(path, 1 << 28);
  const TensorFile file = decode_safetensors(bytes, path.string());
  const auto joints = file.metadata.find("joints");
  if (joints == file.metadata.end() || joints->second != json(character.joint_names).dump()) {
    throw InputError(path.string() + ": metadata \"joints\" does not match the character \"" +
                     character.name + "\"; make it again with foresight make-eval-data");
  }
  EvalData data;
  data.sha256 = sha256_hex(bytes);
  const auto qpos = field(file, "start_qpos", 2, path), qvel = field(file, "start_qvel", 2, path);
  const int features = state_layout(character).dim() - 2;
  const auto mean = field(file, "feature_mean", 2, path);
  const auto covariance = field(file, "feature_covariance", 2, path);
  if (qpos.size(0) < 1 || qpos.size(0) != qvel.size(0) || qpos.size(1) != character.nq ||
      qvel.size(1) != character.nv || mean.size(0) != features || covariance.size(0) != features ||
      covariance.size(1) != features) {
    throw InputError(path.string() + ": its sizes do not fit the character");
  }
  for (std::int64_t i = 0; i < qpos.size(0); ++i) {
    StartState s{row_of(qpos, i), row_of(qvel, i), 0};
    s.speed = std::hypot(s.qvel[0], s.qvel[1]);
    data.starts.push_back(std::move(s));
  }
  data.feature_mean = to_vector(mean);
  data.feature_covariance =
      Eigen::Map<const Eigen::MatrixXd>(covariance.data_ptr<double>(), features, features);
  data.feature_scale = data.feature_covariance.diagonal().cwiseMax(1e-6).cwiseSqrt();
  read_motions(file, path, character, data);
  const auto sources = file.metadata.find("sources");
  if (sources != file.metadata.end()) data.sources = json::parse(sources->second, nullptr, false);
  return data;
}

fs::path default_eval_data(const Character& character) {
  return assets_dir() / "eval" / (character.name + ".safetensors");
}

StartState standing_start(const Character& character) {
  const mjtNum* q = character.model->qpos0;
  return {{q, q + character.nq}, std::vector<double>(character.nv, 0.0), 0};
}

}  // namespace foresight

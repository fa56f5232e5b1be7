#include "controller/student/dagger_round.h"

#include <algorithm>

#include "controller/student/frame_history.h"
#include "models/safetensors.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;
using torch::Tensor;

template <class T>
T* row(Tensor& tensor, std::int64_t index) {
  return tensor.data_ptr<T>() + index * tensor.stride(0);
}

Tensor limits(const Eigen::VectorXd& values) {
  return torch::tensor(std::vector<double>(values.data(), values.data() + values.size()))
      .to(torch::kFloat);
}

// Drives the worlds of all skills through one round. Those of a skill lie side by side.
class RoundDriver {
 public:
  RoundDriver(std::shared_ptr<const Character> character, const std::vector<SkillClips>& skills,
              ExpertPolicy teacher, const StudentPolicy& student, const RoundConfig& config,
              int round, double teacher_share,
              const std::vector<std::vector<double>>& failure_rates)
      : character_(std::move(character)),
        teacher_(std::move(teacher)),
        student_(student),
        config_(config),
        teacher_share_(teacher_share),
        history_(student.layout, worlds(), student.config.history, character_->control_dt()),
        bodies_(worlds()),
        rngs_(worlds()),
        taught_(torch::zeros({worlds(), 1}, torch::kBool)),
        low_(limits(character_->ctrl_low)),
        high_(limits(character_->ctrl_high)),
        endings_(worlds()) {
    for (int i = 0; i < worlds(); ++i) {
      rngs_[i].key = random_key(config.env.seed, round, 0x64616767, i);
    }
    add_envs(skills, round, failure_rates);
    allocate();
  }

  DaggerRound run() {
    const torch::NoGradGuard no_grad;
    for (std::size_t s = 0; s < envs_.size(); ++s) {
      envs_[s]->reset(row<float>(observations_, begin_[s]));
    }
    for (int t = 0; t < config_.steps; ++t) step(t);
    for (const auto& env : envs_) result_.failure_rates.push_back(env->save());
    return std::move(result_);
  }

 private:
  int worlds() const { return config_.env.worlds; }

  void add_envs(const std::vector<SkillClips>& skills, int round,
                const std::vector<std::vector<double>>& failure_rates) {
    const int count = static_cast<int>(skills.size());
    for (int s = 0; s < count; ++s) {
      const int begin = worlds() * s / count;
      TrackingEnvConfig config = config_.env;
      config.worlds = worlds() * (s + 1) / count - begin;
      config.seed = random_key(config_.env.seed, round, s);
      begin_.push_back(begin);
      envs_.push_back(std::make_unique<TrackingEnv>(character_, skills[s].reference, config));
      if (!failure_rates.empty()) envs_.back()->restore(failure_rates[s]);
      envs_.back()->watch([this, s, begin](const mjModel& m, const mjData& d, int i, bool started) {
        observe(m, d, envs_[s]->index(), begin + i, started);
      });
    }
    begin_.push_back(worlds());
  }

  void allocate() {
    const int nu = character_->nu;
    const std::int64_t samples = samples_per_round(config_);
    observations_ = torch::zeros({worlds(), envs_[0]->observation_size()});
    last_observations_ = torch::zeros_like(observations_);
    references_ = torch::zeros({worlds(), nu});
    rewards_ = torch::zeros({worlds()});
    skills_ = torch::zeros({worlds()}, torch::kLong);
    for (std::size_t s = 0; s < envs_.size(); ++s) {
      skills_.slice(0, begin_[s], begin_[s + 1]).fill_(static_cast<std::int64_t>(s));
    }
    const std::int64_t features = student_.config.history * student_.layout.dim();
    result_.samples = {torch::empty({samples, features}, torch::kHalf),
                       torch::empty({samples, nu}, torch::kHalf),
                       torch::empty({samples}, torch::kByte)};
    result_.student.resize(envs_.size());
  }

  // In parallel for several worlds.
  void observe(const mjModel& m, const mjData& d, const CharacterIndex& index, int world,
               bool started) {
    read_body_state(m, d, index, bodies_[world]);
    if (started) {
      history_.start(world, bodies_[world]);
      row<bool>(taught_, world)[0] = rngs_[world].uniform() < teacher_share_;
    } else {
      history_.push(world, bodies_[world]);
    }
  }

  void step(int t) {
    read_references();
    const Tensor residual = teacher_->mean(teacher_->normaliser.apply(observations_));
    const Tensor label = (references_ + kResidual * residual).clamp(low_, high_);
    const Tensor features = history_.features();
    if (t % config_.stride == 0) keep(t / config_.stride, features, label);
    const Tensor executed = teacher_share_ < 1 ? student_.actions(features, skills_) : label;
    simulate(torch::where(taught_, residual, (executed - references_) / kResidual));
  }

  void read_references() {
    for (std::size_t s = 0; s < envs_.size(); ++s) {
      for (int i = 0; i < envs_[s]->worlds(); ++i) {
        const auto target = envs_[s]->next_target(i);
        std::copy(target.begin(), target.end(), row<float>(references_, begin_[s] + i));
      }
    }
  }

  void keep(int block, const Tensor& features, const Tensor& label) {
    const auto put = [&](Tensor& to, const Tensor& from) {
      to.narrow(0, static_cast<std::int64_t>(block) * worlds(), worlds()).copy_(from);
    };
    put(result_.samples.features, features);
    put(result_.samples.actions, label);
    put(result_.samples.skills, skills_);
  }

  void simulate(Tensor actions) {
    actions = actions.contiguous();
    const Tensor taught = taught_.clone();  // by whom the next step is driven, not the one after
    for (std::size_t s = 0; s < envs_.size(); ++s) {
      const int begin = begin_[s];
      envs_[s]->step(row<float>(actions, begin), row<float>(observations_, begin),
                     row<float>(rewards_, begin), endings_.data() + begin,
                     row<float>(last_observations_, begin));
    }
    const bool* by_teacher = taught.data_ptr<bool>();
    const std::int64_t* skill = skills_.data_ptr<std::int64_t>();
    for (int i = 0; i < worlds(); ++i) {
      StepCount& count = by_teacher[i] ? result_.teacher : result_.student[skill[i]];
      ++count.steps;
      if (endings_[i] == Ending::kFailed) ++count.failures;
    }
  }

  std::shared_ptr<const Character> character_;
  ExpertPolicy teacher_;
  const StudentPolicy& student_;
  RoundConfig config_;
  double teacher_share_;
  std::vector<std::unique_ptr<TrackingEnv>> envs_;  // per skill
  std::vector<int> begin_;                          // first world of each skill, and the end
  FrameHistory history_;
  std::vector<BodyState> bodies_;
  std::vector<Rng> rngs_;
  Tensor taught_;      // [worlds, 1] bool: the teacher drives
  Tensor low_, high_;  // [nu] rad
  Tensor observations_, last_observations_, references_, rewards_, skills_;  // [worlds, ...]
  std::vector<Ending> endings_;
  DaggerRound result_;
};

json to_json(const StepCount& count) { return {count.steps, count.failures}; }

StepCount count_of(const json& value) { return {value.at(0), value.at(1)}; }

void check_samples(const fs::path& file, const TensorFile& in, const RoundConfig& config,
                   const StudentPolicy& student) {
  const std::int64_t rows = samples_per_round(config);
  const std::int64_t features = student.config.history * student.layout.dim();
  const auto check = [&](const char* name, torch::ScalarType type,
                         const std::vector<std::int64_t>& shape) {
    const auto found = in.tensors.find(name);
    if (found != in.tensors.end() && found->second.scalar_type() == type &&
        found->second.sizes() == shape) {
      return;
    }
    throw InputError(file.string() + ": tensor \"" + name + "\" is missing or has another shape: " +
                     "the file belongs to another training. Remove the folder to start again");
  };
  check("features", torch::kHalf, {rows, features});
  check("actions", torch::kHalf, {rows, student.action.low.size(0)});
  check("skills", torch::kByte, {rows});
}

}  // namespace

std::int64_t samples_per_round(const RoundConfig& config) {
  return static_cast<std::int64_t>(config.env.worlds) *
         ((config.steps + config.stride - 1) / config.stride);
}

DaggerRound run_round(std::shared_ptr<const Character> character,
                      const std::vector<SkillClips>& skills, ExpertPolicy teacher,
                      const StudentPolicy& student, const RoundConfig& config, int round,
                      double teacher_share, const std::vector<std::vector<double>>& failure_rates) {
  return RoundDriver(std::move(character), skills, std::move(teacher), student, config, round,
                     teacher_share, failure_rates)
      .run();
}

void save_round(const fs::path& file, const DaggerRound& round) {
  TensorFile out;
  out.tensors = {{"features", round.samples.features},
                 {"actions", round.samples.actions},
                 {"skills", round.samples.skills}};
  json student = json::array();
  for (const StepCount& count : round.student) student.push_back(to_json(count));
  out.metadata["round"] = json{
      {"teacher", to_json(round.teacher)},
      {"student", student},
      {"failure_rates", round.failure_rates},
      {"seconds",
       round.seconds}}.dump();
  write_file(file, encode_safetensors(out));
}

DaggerRound load_round(const fs::path& file, const RoundConfig& config,
                       const StudentPolicy& student) {
  TensorFile in = decode_safetensors(read_file(file), file.string());
  check_samples(file, in, config, student);
  DaggerRound round;
  round.samples = {in.tensors.at("features"), in.tensors.at("actions"), in.tensors.at("skills")};
  try {
    const json about = json::parse(in.metadata["round"]);
    round.teacher = count_of(about.at("teacher"));
    for (const json& count : about.at("student")) round.student.push_back(count_of(count));
    round.failure_rates = about.at("failure_rates").get<std::vector<std::vector<double>>>();
    round.seconds = about.at("seconds");
  } catch (const json::exception&) {
    throw InputError(file.string() +
                     ": metadata \"round\" is damaged. Remove the folder to start " +
                     "the training again");
  }
  return round;
}

}  // namespace foresight

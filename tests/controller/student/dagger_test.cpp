#include "controller/student/dagger.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "models/device.h"
#include "tests/error_of.h"
#include "tests/standing_clip.h"
#include "tests/test_folder.h"

namespace foresight {
namespace {

// Two skills of standing, one of them with an arm that swings, taught by the shipped expert.
struct Lesson : TestFolder {
  std::shared_ptr<const Character> character = default_character();
  ExpertPolicy teacher = load_expert(assets_dir() / "checkpoints/expert.safetensors", *character);
  std::vector<SkillClips> skills;
  DaggerOptions options;

  Lesson() {
    set_threads(1);  // more only wait for each other on networks of this size
    Clip swing = standing_clip(*character, "made/swing", 240);
    for (int t = 0; t < 240; ++t) swing.qpos(7 + 8, t) = -0.4 * std::sin(0.1 * t);
    for (const Clip& clip : {standing_clip(*character, "made/stand", 240), swing}) {
      skills.push_back({clip.name.substr(5), std::make_shared<const ReferenceMotion>(
                                                 build_reference(*character, {clip}, false))});
    }
    options.round.env.worlds = 8;
    options.round.env.threads = 1;
    options.round.steps = 40;
    options.round.stride = 2;
    options.model.hidden = {64, 64};
    options.buffer = 480;
    options.batch = 128;
    options.gradient_steps = 60;
    options.learning_rate = 2e-3;
    options.rounds = 6;
    options.quiet = true;
    options.out = path;
  }
  DaggerResult train() const {
    return train_student(character, skills, teacher, {{"sha256", "t"}}, options);
  }
  std::string weights() const { return read_file(path / "student.safetensors"); }
  /// Columns of the curve, a row per round.
  std::vector<std::vector<double>> curve() const {
    std::istringstream in(read_file(path / "training.csv"));
    std::vector<std::vector<double>> rows;
    std::string line, cell;
    for (std::getline(in, line); std::getline(in, line);) {
      std::istringstream cells(line);
      rows.emplace_back();
      while (std::getline(cells, cell, ',')) rows.back().push_back(std::strtod(cell.c_str(), {}));
    }
    return rows;
  }
};

constexpr int kLoss = 4, kStudentFailures = 6;  // columns of the curve

TEST(Dagger, TheLossFallsWhileTheTeacherDrives) {
  Lesson lesson;
  lesson.options.teacher_decay = 1;
  const DaggerResult result = lesson.train();
  const auto rows = lesson.curve();
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_LT(result.loss, 0.5 * rows[0][kLoss]);
  const StudentPolicy student =
      load_student(lesson.path / "student.safetensors", *lesson.character);
  EXPECT_EQ(student.skills, (std::vector<std::string>{"stand", "swing"}));
  EXPECT_EQ(student.contract["training_data"][1]["clips"][0], "made/swing");
  EXPECT_EQ(student.contract["teacher"]["sha256"], "t");
}

TEST(Dagger, TheStudentLearnsFromItsOwnMistakes) {
  Lesson lesson;
  lesson.options.teacher_decay = 0;
  lesson.options.round.steps = 150;
  lesson.options.buffer = 6000;
  lesson.options.rounds = 8;
  lesson.options.gradient_steps = 12;
  lesson.train();
  const auto rows = lesson.curve();
  const auto failures = [&](int first) {  // of three rounds
    return rows[first][kStudentFailures] + rows[first + 1][kStudentFailures] +
           rows[first + 2][kStudentFailures];
  };
  EXPECT_LT(failures(5), 0.5 * failures(1)) << read_file(lesson.path / "training.csv");
}

TEST(Dagger, GoesOnAsIfItHadNeverStopped) {
  Lesson whole, parts;
  whole.train();
  int asked = 0;  // before every gradient step: stops inside the fourth round, then after it
  parts.options.stop = [&] { return ++asked > 200; };
  parts.train();
  EXPECT_LT(parts.curve().size(), 6U);
  parts.options.stop = {};
  parts.options.rounds = 4;
  parts.train();
  parts.options.rounds = 6;
  parts.train();
  EXPECT_EQ(parts.curve().size(), 6U);
  EXPECT_EQ(whole.weights(), parts.weights());
}

TEST(Dagger, LearnsTheSameAtAnyNumberOfSimulationThreads) {
  Lesson one, three;
  one.options.rounds = three.options.rounds = 2;
  three.options.round.env.threads = 3;
  one.train();
  three.train();
  EXPECT_EQ(one.weights(), three.weights());
}

TEST(Dagger, RefusesAnotherTrainingInTheFolder) {
  Lesson lesson;
  lesson.options.rounds = 1;
  lesson.train();
  lesson.options.batch = 64;
  const std::string other = error_of([&] { lesson.train(); });
  EXPECT_NE(other.find("batch = 128"), std::string::npos) << other;
  lesson.options.batch = 128;
  fs::remove(lesson.path / "round_00000.safetensors");
  const std::string missing = error_of([&] { lesson.train(); });
  EXPECT_NE(missing.find("round_00000"), std::string::npos) << missing;
}

TEST(Dagger, NeedsAWorldPerSkill) {
  Lesson lesson;
  lesson.options.round.env.worlds = 1;
  EXPECT_NE(error_of([&] { lesson.train(); }).find("--worlds 1"), std::string::npos);
}

TEST(SampleRing, ForgetsTheOldestRound) {
  const auto samples = [](int value) {
    return LabelledStates{torch::full({2, 3}, value, torch::kHalf),
                          torch::full({2, 1}, value, torch::kHalf),
                          torch::full({2}, value, torch::kByte)};
  };
  SampleRing ring(2, 2);
  ring.add(0, samples(10));
  EXPECT_EQ(ring.size(), 2);
  ring.add(1, samples(11));
  ring.add(2, samples(12));
  EXPECT_EQ(ring.size(), 4);
  const LabelledStates all = ring.pick(torch::arange(4));
  EXPECT_TRUE(torch::equal(all.skills, torch::tensor({12, 12, 11, 11}, torch::kLong)));
}

}  // namespace
}  // namespace foresight

// What the app records tells enough to run its controllers again, planner thread included.
#include <gtest/gtest.h>

#include <thread>

#include "controller/controller_replay.h"
#include "controller/lookahead_model.h"
#include "sim/base/error.h"
#include "tests/test_folder.h"
#include "ui/live/simulation.h"

namespace foresight {
namespace {

class Rerun : public ::testing::Test {
 protected:
  Rerun() {
    data.starts = {standing_start(*character)};
    model = make_model(3, "first");
    other = make_model(4, "second");
  }

  std::shared_ptr<const LookaheadModel> make_model(std::uint64_t seed, const char* sha256) const {
    LookaheadModel made =
        random_lookahead(*character, lookahead_config("tiny", *character), seed, 2.0, 0.3);
    made.sha256 = sha256;
    return std::make_shared<const LookaheadModel>(std::move(made));
  }

  std::unique_ptr<Simulation> make(const std::string& task, bool threaded) const {
    SimulationSettings settings;
    settings.controller.threaded = threaded;
    auto sim = std::make_unique<Simulation>(character, data, default_setup(task), settings);
    sim->set_model(model);
    return sim;
  }

  static void run(Simulation& sim, int steps) {
    for (int i = 0; i < steps;) {
      i += sim.step() == Advance::kStepped;  // a slow machine stops now and then
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  ControllerReplayReport again() const {
    RecordingReader reader = RecordingReader::open(file);
    ControllerReplayInput input;
    input.character = character;
    input.model = [this](const std::string& sha256) { return sha256 == "first" ? model : other; };
    input.task = [](const nlohmann::json& told) {
      return build_task(setup_from_json(told.at("setup"), "test"));
    };
    return replay_controller(reader, input);
  }

  void expect_the_same(std::int64_t compared) const {
    const ControllerReplayReport report = again();
    EXPECT_FALSE(report.physics.difference);
    EXPECT_FALSE(report.first) << "step " << report.first->step << " " << report.first->joint << " "
                               << report.first->recorded << " " << report.first->computed;
    EXPECT_EQ(report.compared, compared);
  }

  // Kicks, other values, other weights, another task, another scene, other settings, other weights
  // of the network, a second character.
  void eventful_minute(Simulation& sim) const {
    run(sim, 8);
    sim.start_recording(file);
    run(sim, 10);
    sim.kick(0, {0.3, 0.1});
    sim.steer(SteerCommand{1, 0, 0.3});
    run(sim, 10);
    TaskSetup setup = sim.setup();
    setup.weights[0] *= 0.5;
    sim.set_task(setup);
    run(sim, 6);
    sim.set_task(default_setup("forest"));
    run(sim, 10);
    SimulationSettings settings = sim.settings();
    settings.controller.guidance_scale = 0.7;
    sim.set_settings(settings);
    run(sim, 6);
    sim.set_model(other);
    run(sim, 6);
    sim.set_characters(2);
    run(sim, 6);
    sim.stop_recording();
  }

  std::shared_ptr<const Character> character = default_character();
  EvalData data;
  std::shared_ptr<const LookaheadModel> model, other;
  const TestFolder folder;
  const fs::path file = folder.path / "a.rec";
};

TEST_F(Rerun, ThePlannerThreadDoesTheSameAgain) {
  const auto sim = make("joystick", /*threaded=*/true);
  eventful_minute(*sim);
  expect_the_same(10 + 10 + 6 + 10 + 6 + 6 + 2 * 6);
}

TEST_F(Rerun, PlanningInStepDoesTheSameAgain) {
  const auto sim = make("joystick", /*threaded=*/false);
  eventful_minute(*sim);
  expect_the_same(10 + 10 + 6 + 10 + 6 + 6 + 2 * 6);
}

TEST_F(Rerun, ChangesOnTheWayAreEvents) {
  const auto sim = make("joystick", false);
  eventful_minute(*sim);
  const RecordingReader reader = RecordingReader::open(file);
  std::map<std::string, int> settings;
  for (const RecordedEvent& event : reader.events()) ++settings[event.what.at("setting")];
  EXPECT_EQ(settings["task"], 2);
  EXPECT_EQ(settings["control"], 2);
  EXPECT_EQ(reader.events().back().what["value"]["checkpoint_sha256"], "second");
}

TEST_F(Rerun, AfterGoingBackInTimeItIsKnownAgainFromTheNextStartOn) {
  const auto threaded = make("joystick", true);
  threaded->start_recording(file);
  run(*threaded, 12);
  threaded->scrub(5);
  run(*threaded, 6);
  threaded->stop_recording();
  expect_the_same(18);
  fs::remove(file);
  const auto in_step = make("joystick", false);
  in_step->start_recording(file);
  run(*in_step, 12);
  in_step->scrub(5);  // its controller goes back too, which the log does not tell
  run(*in_step, 6);
  in_step->set_model(model);
  run(*in_step, 3);
  in_step->stop_recording();
  expect_the_same(15);
}

}  // namespace
}  // namespace foresight

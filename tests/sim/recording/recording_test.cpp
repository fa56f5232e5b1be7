#include "sim/recording/recording.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "sim/base/error.h"
#include "sim/base/parallel.h"
#include "sim/recording/replay.h"
#include "tests/sim/recording/recording_fixtures.h"

namespace foresight {
namespace {

TEST(Recording, GivesBackSegmentsStepsChannelsAndEvents) {
  RecordingReader reader(recorded_bytes({40, 50}), "test");
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(reader.steps(), 90);
  EXPECT_EQ(reader.header()["seed"], 7);
  ASSERT_EQ(reader.segments().size(), 2u);
  EXPECT_EQ(reader.segments()[1].first, 40);
  EXPECT_EQ(reader.segments()[1].steps, 50);
  EXPECT_EQ(reader.segments()[1].start.info["task"], "stand");
  EXPECT_NE(reader.segments()[1].start.xml.find("<mujoco"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(reader.step(70).channels.at("task")), "stand");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(reader.step(43).channels.at("plan.age"))[0], 3);
  EXPECT_EQ(std::get<std::vector<float>>(reader.step(0).channels.at("timing.ms"))[1], 2.5f);
  ASSERT_EQ(reader.events().size(), 2u);
  EXPECT_EQ(reader.events()[1].step, 40);
}

TEST(Recording, TheReplayOfKicksForcesAndTaskSwitchesIsBitExact) {
  RecordingReader reader(recorded_bytes({200, 150, 100}), "test");
  const ReplayReport report = replay(reader, default_character());
  EXPECT_EQ(report.steps, 450);
  EXPECT_FALSE(report.difference) << report.difference->step << " " << report.difference->field;
}

TEST(Recording, TheReplayIsTheSameWithOneAndTwoWorkers) {
  const std::string bytes = recorded_bytes({60, 60});
  for (const int workers : {1, 2}) {
    WorkerPool pool(workers);
    std::vector<int> bad(4, -1);
    pool.run(4, [&](int i) {
      RecordingReader reader(bytes, "test");
      bad[i] = replay(reader, default_character()).difference.has_value();
    });
    EXPECT_EQ(bad, std::vector<int>(4, 0));
  }
}

// 18,000 control steps with kicks, forces, moved objects, resets and changes of the scene.
TEST(Recording, TenMinutesReplayBitForBitWithOneAndTwoWorkers) {
  const std::string bytes = recorded_bytes({4000, 5000, 3000, 2500, 3500});
  const auto first_difference = [&bytes](int) {
    RecordingReader reader(bytes, "test");
    const ReplayReport report = replay(reader, default_character());
    return report.difference ? report.difference->step : -report.steps;
  };
  for (const int workers : {1, 2}) {
    WorkerPool pool(workers);
    std::vector<std::int64_t> result(workers);
    pool.run(workers, [&](int i) { result[i] = first_difference(i); });
    EXPECT_EQ(result, std::vector<std::int64_t>(workers, -18000)) << workers;
  }
}

TEST(Recording, TwoCharactersReplayToo) {
  Scene scene;
  scene.characters = 2;
  World world = standing_in(scene);
  Recording recording(recording_header(world.character(), 0));
  WorldRecorder recorder(recording, world);
  record_steps(world, recorder, 40, 3);
  recording.finish();
  RecordingReader reader(recording.bytes(), "test");
  EXPECT_FALSE(replay(reader, default_character()).difference);
}

TEST(Recording, ReplayNamesTheFirstStepAndFieldThatDiffer) {
  World world = standing_in({});
  Recording recording(recording_header(world.character(), 0));
  recording.begin_segment(segment_start(world, {}));
  for (int i = 0; i < 3; ++i) {
    RecordedStep step;
    const std::vector<double> before = world.save();
    step.status = world.step();
    step.hash = world.state_hash() + (i == 2);
    step.qpos.assign(world.data().qpos, world.data().qpos + world.model().nq);
    step.qvel.assign(world.data().qvel, world.data().qvel + world.model().nv);
    if (i == 2) step.qpos[8] += 1e-12;
    recording.step(step, before);
  }
  recording.finish();
  RecordingReader reader(recording.bytes(), "test");
  const ReplayReport report = replay(reader, default_character());
  ASSERT_TRUE(report.difference);
  EXPECT_EQ(report.difference->step, 2);
  EXPECT_EQ(report.difference->field, "qpos of abdomen_x[0]");
  EXPECT_NEAR(report.difference->recorded - report.difference->simulated, 1e-12, 1e-13);
}

TEST(Recording, SeekingGivesTheSameStateAsPlaying) {
  RecordingReader reader(recorded_bytes({100}), "test");
  std::vector<std::uint64_t> hashes;
  replay(reader, default_character(),
         [&](std::int64_t, const World& world) { hashes.push_back(world.state_hash()); });
  const auto world = segment_world(reader, 0, default_character());
  for (const std::int64_t step : {75, 3, 99, 30, 29}) {
    seek(reader, step, *world);
    EXPECT_EQ(world->state_hash(), hashes[step]) << step;
  }
}

TEST(Recording, CutAtAnyByteItOpensUpToTheLastWholeChunk) {
  const std::string bytes = recorded_bytes({65});
  const ChunkList list = scan_chunks(bytes, "test");
  const std::size_t readable = list.chunks[1].offset;  // end of the header chunk
  Rng rng{1};
  for (int i = 0; i < 400; ++i) {
    const std::size_t cut =
        i < 60 ? bytes.size() - 1 - i : rng.index(static_cast<int>(bytes.size()));
    if (cut < readable) {
      EXPECT_THROW(RecordingReader(bytes.substr(0, cut), "test"), InputError) << cut;
      continue;
    }
    RecordingReader reader(bytes.substr(0, cut), "test");
    EXPECT_FALSE(reader.finished());
    std::int64_t whole = 0;
    for (const Chunk& c : list.chunks) {
      const bool inside = c.offset + 28 + c.packed.size() <= cut;
      if (inside && c.kind == ChunkKind::kSteps) whole = std::min<std::int64_t>(whole + 30, 65);
    }
    EXPECT_EQ(reader.steps(), whole) << cut;
  }
}

TEST(Recording, EveryFlippedByteIsDetected) {
  const std::string bytes = recorded_bytes({35});
  Rng rng{2};
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    const int at = i < 200 ? i : rng.index(static_cast<int>(bytes.size()));
    damaged[at] = static_cast<char>(damaged[at] ^ (1 + rng.index(255)));
    EXPECT_THROW(RecordingReader(damaged, "test"), InputError) << at;
  }
}

TEST(Recording, RefusesAFileThatExistsUnlessForced) {
  const TestFolder folder;
  const auto header = recording_header(*default_character(), 0);
  { Recording first(header, folder.path / "a.rec", false); }
  EXPECT_THROW(Recording(header, folder.path / "a.rec", false), InputError);
  EXPECT_NO_THROW(Recording(header, folder.path / "a.rec", true));
  EXPECT_THROW(Recording(header, folder.path / "missing" / "a.rec", false), InputError);
}

TEST(Recording, AKilledWriterLeavesAReadableFile) {
  const TestFolder folder;
  const fs::path file = folder.path / "killed.rec";
  const pid_t child = fork();
  if (child == 0) {
    World world = standing_in({});
    Recording recording(recording_header(world.character(), 0), file, false);
    WorldRecorder recorder(recording, world);
    record_steps(world, recorder, 100, 0);
    raise(SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  RecordingReader reader = RecordingReader::open(file);
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(reader.steps(), 90);
  EXPECT_FALSE(replay(reader, default_character()).difference);
}

TEST(Recording, AFullDiskIsAnErrorAndKeepsWholeChunks) {
  const TestFolder folder;
  const fs::path file = folder.path / "full.rec";
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{60000, 60000};
    setrlimit(RLIMIT_FSIZE, &limit);
    World world = standing_in({});
    try {
      Recording recording(recording_header(world.character(), 0), file, false);
      WorldRecorder recorder(recording, world);
      record_steps(world, recorder, 3000, 0);
    } catch (const InputError&) {
      _exit(7);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  RecordingReader reader = RecordingReader::open(file);
  EXPECT_GT(reader.steps(), 0);
  EXPECT_EQ(reader.steps() % 30, 0);
}

TEST(Recording, RefusesAnotherCharacter) {
  auto header = recording_header(*default_character(), 0);
  header["fingerprint"] = "abc";
  World world = standing_in({});
  Recording recording(header);
  WorldRecorder recorder(recording, world);
  record_steps(world, recorder, 5, 0);
  recording.finish();
  RecordingReader reader(recording.bytes(), "test");
  EXPECT_THROW(replay(reader, default_character()), InputError);
}

}  // namespace
}  // namespace foresight

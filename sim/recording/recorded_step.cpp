#include "sim/recording/recorded_step.h"

#include "sim/base/error.h"

namespace foresight {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMaxSteps = 1 << 16;

void write_channel(const ChannelValue& value, ByteWriter& out) {
  out.number(static_cast<std::uint8_t>(value.index()));
  std::visit(
      [&out](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          out.text(v);
        } else {
          out.array(std::span<const typename T::value_type>(v));
        }
      },
      value);
}

ChannelValue read_channel(ByteReader& in, const std::string& name) {
  switch (in.number<std::uint8_t>()) {
    case 0:
      return in.array<double>();
    case 1:
      return in.array<float>();
    case 2:
      return in.array<std::int64_t>();
    case 3:
      return in.text();
    default:
      throw InputError(name + ": a channel of unknown type");
  }
}

void write_step(const RecordedStep& step, ByteWriter& out) {
  out.number(static_cast<std::uint32_t>(step.changes.size()));
  for (const StateChange& change : step.changes) out.number(change.index);
  for (const StateChange& change : step.changes) out.number(change.value);
  out.number(static_cast<std::uint8_t>(step.status));
  out.number(step.hash);
  out.array(std::span<const double>(step.qpos));
  out.array(std::span<const double>(step.qvel));
  out.number(static_cast<std::uint32_t>(step.channels.size()));
  for (const auto& [name, value] : step.channels) {
    out.text(name);
    write_channel(value, out);
  }
}

std::vector<StateChange> read_changes(ByteReader& in) {
  const auto count = in.number<std::uint32_t>();
  std::vector<StateChange> changes;
  for (std::uint32_t i = 0; i < count; ++i) changes.push_back({in.number<std::uint32_t>(), 0});
  for (StateChange& change : changes) change.value = in.number<double>();
  return changes;
}

RecordedStep read_step(ByteReader& in, const std::string& name) {
  RecordedStep step;
  step.changes = read_changes(in);
  const auto status = in.number<std::uint8_t>();
  if (status > 1) throw InputError(name + ": a step of unknown status");
  step.status = static_cast<StepStatus>(status);
  step.hash = in.number<std::uint64_t>();
  step.qpos = in.array<double>();
  step.qvel = in.array<double>();
  const auto channels = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < channels; ++i) {
    const std::string channel = in.text();
    step.channels[channel] = read_channel(in, name);
  }
  return step;
}

json parse_event(const std::string& text, const std::string& name) {
  json event = json::parse(text, nullptr, false);
  if (event.is_discarded()) throw InputError(name + ": an event is not JSON");
  return event;
}

}  // namespace

std::string encode_block(const StepBlock& block) {
  ByteWriter out;
  out.number(block.segment);
  out.number(block.first);
  out.array(std::span<const double>(block.state));
  out.number(static_cast<std::uint32_t>(block.steps.size()));
  for (const RecordedStep& step : block.steps) write_step(step, out);
  out.number(static_cast<std::uint32_t>(block.events.size()));
  for (const RecordedEvent& event : block.events) {
    out.number(event.step);
    out.text(event.what.dump());
  }
  return out.take();
}

StepBlock decode_block(std::string_view bytes, const std::string& name) {
  ByteReader in(bytes, name);
  StepBlock block;
  block.segment = in.number<std::int64_t>();
  block.first = in.number<std::int64_t>();
  block.state = in.array<double>();
  const auto steps = in.number<std::uint32_t>();
  if (steps > kMaxSteps) throw InputError(name + ": a block of too many steps");
  for (std::uint32_t i = 0; i < steps; ++i) block.steps.push_back(read_step(in, name));
  const auto events = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < events; ++i) {
    const auto step = in.number<std::int64_t>();
    block.events.push_back({step, parse_event(in.text(), name)});
  }
  if (!in.at_end()) throw InputError(name + ": a block is longer than its steps");
  return block;
}

}  // namespace foresight

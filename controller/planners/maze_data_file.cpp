#include "controller/planners/maze_data_file.h"

#include "models/safetensors.h"
#include "models/torch.h"
#include "sim/base/error.h"

namespace foresight {
namespace {

torch::Tensor rows_of(const std::vector<float>& values, std::int64_t width) {
  const auto count = static_cast<std::int64_t>(values.size()) / width;
  return torch::tensor(at::ArrayRef<float>(values)).view({count, width});
}

template <typename T>
std::vector<T> read_tensor(const TensorFile& file, const std::string& name, std::int64_t width,
                           torch::Dtype type, const std::string& path) {
  const auto it = file.tensors.find(name);
  const bool good = it != file.tensors.end() && it->second.scalar_type() == type &&
                    it->second.dim() == (width > 0 ? 2 : 1) &&
                    (width == 0 || it->second.size(1) == width);
  if (!good) {
    throw InputError(path + ": tensor \"" + name + "\" is missing or has another form; make the " +
                     "file with foresight maze data");
  }
  const auto flat = it->second.contiguous();
  return {flat.data_ptr<T>(), flat.data_ptr<T>() + flat.numel()};
}

bool starts_fit(const MazeData& data) {
  if (data.stream_starts.empty() || data.stream_starts.front() != 0) return false;
  for (std::size_t i = 1; i < data.stream_starts.size(); ++i) {
    if (data.stream_starts[i] <= data.stream_starts[i - 1]) return false;
  }
  return data.stream_starts.back() < data.rows();
}

}  // namespace

void save_maze_data(const fs::path& file, const MazeData& data) {
  TensorFile out;
  out.tensors = {{"observations", rows_of(data.observations, 4)},
                 {"actions", rows_of(data.actions, 2)},
                 {"goals", rows_of(data.goals, 2)},
                 {"stream_starts", torch::tensor(data.stream_starts)}};
  out.metadata["maze"] = data.maze;
  write_file(file, encode_safetensors(out));
}

MazeData load_maze_data(const fs::path& file) {
  const std::string path = file.string();
  const TensorFile in = decode_safetensors(read_file(file), path);
  const auto maze = in.metadata.find("maze");
  if (maze == in.metadata.end()) {
    throw InputError(path +
                     ": not maze data (its head names no maze); make it with foresight "
                     "maze data");
  }
  MazeData data;
  data.maze = find_maze(maze->second).name;
  data.observations = read_tensor<float>(in, "observations", 4, torch::kFloat, path);
  data.actions = read_tensor<float>(in, "actions", 2, torch::kFloat, path);
  data.goals = read_tensor<float>(in, "goals", 2, torch::kFloat, path);
  data.stream_starts = read_tensor<std::int64_t>(in, "stream_starts", 0, torch::kLong, path);
  const bool fits = data.observations.size() == 2 * data.actions.size() &&
                    data.goals.size() == data.actions.size() && starts_fit(data);
  if (!fits) throw InputError(path + ": its tensors have different lengths; make it again");
  return data;
}

}  // namespace foresight

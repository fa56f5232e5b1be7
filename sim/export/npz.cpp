#include "sim/export/npz.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "sim/base/error.h"
#include "sim/export/zip.h"
#include "sim/recording/bytes.h"
#include "sim/rotation.h"

namespace foresight {
namespace {

constexpr std::string_view kNpyMagic("\x93NUMPY", 6);

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (const std::size_t n : shape) text += std::to_string(n) + ", ";
  if (shape.size() > 1) text.resize(text.size() - 2);
  return text + ")";
}

// Version 1.0 head, padded to 64 bytes as NumPy wants it.
std::string npy_head(const std::string& type, const std::vector<std::size_t>& shape) {
  std::string head =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  head.append(63 - (10 + head.size()) % 64, ' ');
  head += '\n';
  ByteWriter version;
  version.number(std::uint8_t{1});
  version.number(std::uint8_t{0});
  version.number(static_cast<std::uint16_t>(head.size()));
  return std::string(kNpyMagic) + version.take() + head;
}

std::string npy_texts(const NpzArray& array) {
  std::size_t longest = 1;
  for (const std::string& text : array.texts) longest = std::max(longest, text.size());
  std::string out = npy_head("<U" + std::to_string(longest), array.shape);
  for (const std::string& text : array.texts) {
    ByteWriter code_points;  // names are ASCII
    for (std::size_t i = 0; i < longest; ++i) {
      code_points.number(static_cast<std::uint32_t>(i < text.size() ? text[i] : 0));
    }
    out += code_points.take();
  }
  return out;
}

std::string npy_numbers(const NpzArray& array, bool single) {
  std::string out = npy_head(single ? "<f4" : "<f8", array.shape);
  if (!single) {
    out.append(reinterpret_cast<const char*>(array.values.data()), 8 * array.values.size());
    return out;
  }
  const std::vector<float> values(array.values.begin(), array.values.end());
  return out.append(reinterpret_cast<const char*>(values.data()), 4 * values.size());
}

// Text between `key` and the first of `ends` after it.
std::string_view head_field(std::string_view head, std::string_view key, std::string_view ends,
                            const std::string& name) {
  const std::size_t at = head.find(key);
  if (at == head.npos) throw InputError(name + ": the array's head has no " + std::string(key));
  const std::string_view rest = head.substr(at + key.size());
  return rest.substr(0, rest.find_first_of(ends));
}

std::vector<std::size_t> parse_shape(std::string_view text, const std::string& name) {
  std::vector<std::size_t> shape;
  std::size_t total = 1;
  while (!text.empty()) {
    if (text[0] == ' ' || text[0] == ',') {
      text.remove_prefix(1);
      continue;
    }
    std::size_t n = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), n);
    if (result.ec != std::errc() || n > (1U << 30) || (n > 0 && total > (1U << 30) / n)) {
      throw InputError(name + ": the array's shape is wrong");
    }
    total *= n;
    shape.push_back(n);
    text.remove_prefix(result.ptr - text.data());
  }
  return shape;
}

std::size_t product(const std::vector<std::size_t>& shape) {
  std::size_t total = 1;
  for (const std::size_t n : shape) total *= n;
  return total;
}

template <typename T>
std::vector<double> numbers_from(std::string_view body, std::size_t count,
                                 const std::string& name) {
  if (body.size() / sizeof(T) != count || body.size() % sizeof(T) != 0) {
    throw InputError(name + ": the array's size does not fit its shape");
  }
  std::vector<T> raw(count);
  if (count > 0) std::memcpy(raw.data(), body.data(), body.size());
  return {raw.begin(), raw.end()};
}

std::vector<std::string> texts_from(std::string_view body, std::size_t width, std::size_t count,
                                    const std::string& name) {
  if (width == 0 || width > (1U << 16) || body.size() / (4 * width) != count) {
    throw InputError(name + ": the array's size does not fit its shape");
  }
  std::vector<std::string> texts(count);
  for (std::size_t i = 0; i < count * width; ++i) {
    const char c = body[4 * i];
    if (c != 0) texts[i / width] += c;
  }
  return texts;
}

NpzArray read_npy(std::string_view bytes, const std::string& name) {
  if (!bytes.starts_with(kNpyMagic) || bytes.size() < 12) {
    throw InputError(name + ": is not a NumPy array");
  }
  const bool short_head = bytes[6] == 1;
  ByteReader sizes(bytes.substr(8), name);
  const std::size_t start = short_head ? 10 : 12;
  const std::size_t length =
      short_head ? sizes.number<std::uint16_t>() : sizes.number<std::uint32_t>();
  if (length > bytes.size() - start) throw InputError(name + ": the array is cut off");
  const std::string_view head = bytes.substr(start, length), body = bytes.substr(start + length);
  const std::string type(head_field(head, "'descr': '", "'", name));
  if (!head_field(head, "'fortran_order': ", ",", name).starts_with("False")) {
    throw InputError(name + ": the array is in column order; save it with numpy.ascontiguousarray");
  }
  NpzArray array;
  array.shape = parse_shape(head_field(head, "'shape': (", ")", name), name);
  const std::size_t count = product(array.shape);
  if (type == "<f8") {
    array.values = numbers_from<double>(body, count, name);
  } else if (type == "<f4") {
    array.values = numbers_from<float>(body, count, name);
  } else if (type == "<i8") {
    array.values = numbers_from<std::int64_t>(body, count, name);
  } else if (type == "<i4") {
    array.values = numbers_from<std::int32_t>(body, count, name);
  } else if (type.starts_with("<U")) {
    array.texts = texts_from(body, std::strtoul(type.c_str() + 2, nullptr, 10), count, name);
  } else {
    throw InputError(name + ": the array has the type " + type +
                     "; expected float32, float64, int32, int64 or text");
  }
  return array;
}

NpzArray scalar(double value) { return {{1}, {value}, {}}; }

NpzArray names(const std::vector<std::string>& list) { return {{list.size()}, {}, list}; }

// Rows `first` ... of a matrix with one column per frame, as (frames, count).
NpzArray rows_of(const Eigen::MatrixXd& m, int first, int count) {
  NpzArray array;
  array.shape = {static_cast<std::size_t>(m.cols()), static_cast<std::size_t>(count)};
  for (int t = 0; t < m.cols(); ++t) {
    const double* column = m.col(t).data() + first;
    array.values.insert(array.values.end(), column, column + count);
  }
  return array;
}

NpzArray per_body(const CharacterMotion& motion, std::size_t width) {
  NpzArray array;
  array.shape = {static_cast<std::size_t>(motion.frames()),
                 static_cast<std::size_t>(motion.character->num_bodies()), width};
  array.values.reserve(product(array.shape));
  return array;
}

void push(NpzArray& array, const double* values, int count) {
  array.values.insert(array.values.end(), values, values + count);
}

std::vector<int> body_ids(const Character& c) {
  std::vector<int> ids;
  for (const std::string& name : c.body_names) {
    ids.push_back(mj_name2id(c.model.get(), mjOBJ_BODY, name.c_str()));
  }
  return ids;
}

}  // namespace

std::string npz_bytes(const NpzArrays& arrays, bool single) {
  std::map<std::string, std::string> members;
  for (const auto& [key, array] : arrays) {
    const std::size_t count = array.texts.empty() ? array.values.size() : array.texts.size();
    FS_CHECK(product(array.shape) == count);
    members[key + ".npy"] = array.texts.empty() ? npy_numbers(array, single) : npy_texts(array);
  }
  return zip_stored(members);
}

NpzArrays read_npz(std::string_view bytes, const std::string& name) {
  NpzArrays arrays;
  for (const auto& [member, content] : unzip(bytes, name)) {
    if (!member.ends_with(".npy")) continue;
    const std::string key = member.substr(0, member.size() - 4);
    arrays[key] = read_npy(content, name + ", array \"" + key + "\"");
  }
  return arrays;
}

NpzArrays npz_tracking(const CharacterMotion& motion) {
  const Character& c = *motion.character;
  const mjModel& m = *c.model;
  const DataPtr data(mj_makeData(&m));
  const std::vector<int> ids = body_ids(c);
  NpzArray position = per_body(motion, 3), rotation = per_body(motion, 4),
           linear = per_body(motion, 3), angular = per_body(motion, 3);
  for (int t = 0; t < motion.frames(); ++t) {
    std::copy_n(motion.qpos.col(t).data(), c.nq, data->qpos);
    std::copy_n(motion.qvel.col(t).data(), c.nv, data->qvel);
    mj_kinematics(&m, data.get());
    mj_comPos(&m, data.get());
    mj_comVel(&m, data.get());
    for (const int id : ids) {
      mjtNum velocity[6];  // angular, linear
      mj_objectVelocity(&m, data.get(), mjOBJ_XBODY, id, velocity, 0);
      push(position, data->xpos + 3 * id, 3);
      push(rotation, data->xquat + 4 * id, 4);
      push(angular, velocity, 3);
      push(linear, velocity + 3, 3);
    }
  }
  return {{"fps", scalar(motion.fps)},
          {"joint_pos", rows_of(motion.qpos, 7, c.nu)},
          {"joint_vel", rows_of(motion.qvel, 6, c.nu)},
          {"body_pos_w", position},
          {"body_quat_w", rotation},
          {"body_lin_vel_w", linear},
          {"body_ang_vel_w", angular},
          {"joint_names", names(c.joint_names)},
          {"body_names", names(c.body_names)}};
}

NpzArrays npz_amass(const CharacterMotion& motion) {
  const Character& c = *motion.character;
  const DataPtr data(mj_makeData(c.model.get()));
  const std::vector<int> ids = body_ids(c);
  NpzArray poses;
  poses.shape = {static_cast<std::size_t>(motion.frames()), 3 * ids.size()};
  for (int t = 0; t < motion.frames(); ++t) {
    std::copy_n(motion.qpos.col(t).data(), c.nq, data->qpos);
    mj_kinematics(c.model.get(), data.get());
    for (std::size_t b = 0; b < ids.size(); ++b) {
      Quaterniond local = quat_from_wxyz(data->xquat + 4 * ids[b]);
      if (c.body_parents[b] >= 0) {
        local = quat_from_wxyz(data->xquat + 4 * ids[c.body_parents[b]]).conjugate() * local;
      }
      const Vector3d turn = rotvec_of(local);
      push(poses, turn.data(), 3);
    }
  }
  return {{"poses", poses},
          {"trans", rows_of(motion.qpos, 0, 3)},
          {"mocap_framerate", scalar(motion.fps)},
          {"betas", {{16}, std::vector<double>(16, 0.0), {}}},
          {"gender", names({"neutral"})},
          {"joint_names", names(c.body_names)}};
}

NpzArrays npz_mujoco(const SceneMotion& motion) {
  const mjModel& m = *motion.model;
  return {
      {"fps", scalar(motion.fps)},
      {"time",
       {{static_cast<std::size_t>(motion.frames())}, {motion.time.begin(), motion.time.end()}, {}}},
      {"qpos", rows_of(motion.qpos, 0, static_cast<int>(m.nq))},
      {"qvel", rows_of(motion.qvel, 0, static_cast<int>(m.nv))},
      {"ctrl", rows_of(motion.ctrl, 0, static_cast<int>(m.nu))}};
}

}  // namespace foresight

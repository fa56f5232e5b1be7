#include "sim/export/zip.h"

#include <zlib.h>

#include <limits>

#include "sim/base/error.h"
#include "sim/recording/bytes.h"

namespace foresight {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kMaxTotal = std::size_t{1} << 30;

struct Member {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc = 0, packed = 0, size = 0, offset = 0;
};

// The fields that the local and the central head share.
void write_common(const Member& m, ByteWriter& out) {
  out.number(std::uint16_t{20});  // version needed
  out.number(std::uint16_t{0});   // flags
  out.number(m.method);
  out.number(std::uint16_t{0});       // time
  out.number(std::uint16_t{0x2821});  // 1 January 2000
  out.number(m.crc);
  out.number(m.packed);
  out.number(m.size);
  out.number(static_cast<std::uint16_t>(m.name.size()));
  out.number(std::uint16_t{0});  // extra
}

std::string local_head(const Member& m) {
  ByteWriter out;
  out.number(kLocal);
  write_common(m, out);
  return out.take() + m.name;
}

std::string central_head(const Member& m) {
  ByteWriter out;
  out.number(kCentral);
  out.number(std::uint16_t{20});
  write_common(m, out);
  out.number(std::uint16_t{0});  // comment
  out.number(std::uint16_t{0});  // disk
  out.number(std::uint16_t{0});  // internal attributes
  out.number(std::uint32_t{0});  // external attributes
  out.number(m.offset);
  return out.take() + m.name;
}

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw InputError(name + ": is not a ZIP archive that can be read: " + what);
}

std::string_view part(std::string_view bytes, std::size_t offset, std::size_t size,
                      const std::string& name) {
  if (offset > bytes.size() || size > bytes.size() - offset) fail(name, "it is cut off");
  return bytes.substr(offset, size);
}

Member read_central(std::string_view bytes, std::size_t* at, const std::string& name) {
  ByteReader in(part(bytes, *at, 46, name), name);
  if (in.number<std::uint32_t>() != kCentral) fail(name, "the list of members is damaged");
  Member m;
  in.number<std::uint32_t>();  // versions
  in.number<std::uint16_t>();  // flags
  m.method = in.number<std::uint16_t>();
  in.number<std::uint32_t>();  // time and date
  m.crc = in.number<std::uint32_t>();
  m.packed = in.number<std::uint32_t>();
  m.size = in.number<std::uint32_t>();
  const std::size_t text = in.number<std::uint16_t>(), extra = in.number<std::uint16_t>(),
                    comment = in.number<std::uint16_t>();
  in.number<std::uint64_t>();  // disk and attributes
  m.offset = in.number<std::uint32_t>();
  m.name = part(bytes, *at + 46, text, name);
  *at += 46 + text + extra + comment;
  return m;
}

std::string inflate_raw(std::string_view packed, std::size_t size, const std::string& name) {
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail(name, "zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != size) fail(name, "a member does not unpack");
  return out;
}

std::string read_member(std::string_view bytes, const Member& m, const std::string& name) {
  const std::string_view head = part(bytes, m.offset, 30, name);
  ByteReader in(head.substr(26), name);
  const std::size_t skip =
      std::size_t{30} + in.number<std::uint16_t>() + in.number<std::uint16_t>();
  const std::string_view packed = part(bytes, m.offset + skip, m.packed, name);
  if (m.method != 0 && m.method != 8) fail(name, "unknown compression of " + m.name);
  if (m.method == 0 && m.packed != m.size) fail(name, "sizes of " + m.name);
  std::string raw = m.method == 0 ? std::string(packed) : inflate_raw(packed, m.size, name);
  if (crc_of(raw) != m.crc) fail(name, "checksum of " + m.name);
  return raw;
}

}  // namespace

std::string zip_stored(const std::map<std::string, std::string>& members) {
  std::string out, central;
  for (const auto& [name, content] : members) {
    FS_CHECK(out.size() + content.size() < std::numeric_limits<std::uint32_t>::max());
    const auto size = static_cast<std::uint32_t>(content.size());
    const Member m{name, 0, crc_of(content), size, size, static_cast<std::uint32_t>(out.size())};
    out += local_head(m) + content;
    central += central_head(m);
  }
  ByteWriter end;
  end.number(kEnd);
  end.number(std::uint32_t{0});  // disks
  end.number(static_cast<std::uint16_t>(members.size()));
  end.number(static_cast<std::uint16_t>(members.size()));
  end.number(static_cast<std::uint32_t>(central.size()));
  end.number(static_cast<std::uint32_t>(out.size()));
  end.number(std::uint16_t{0});  // comment
  return out + central + end.take();
}

std::map<std::string, std::string> unzip(std::string_view bytes, const std::string& name) {
  const std::size_t end = bytes.rfind(std::string_view("PK\5\6", 4));
  if (end == bytes.npos) fail(name, "it has no end record");
  ByteReader in(part(bytes, end, kEndSize, name).substr(10), name);
  const auto count = in.number<std::uint16_t>();
  in.number<std::uint32_t>();  // size of the list
  std::size_t at = in.number<std::uint32_t>(), total = 0;
  std::map<std::string, std::string> members;
  for (int i = 0; i < count; ++i) {
    const Member m = read_central(bytes, &at, name);
    total += m.size;
    if (total > kMaxTotal) fail(name, "it unpacks to more than 1 GiB");
    members[m.name] = read_member(bytes, m, name);
  }
  return members;
}

}  // namespace foresight

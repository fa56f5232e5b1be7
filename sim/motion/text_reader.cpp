#include "sim/motion/text_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/base/error.h"

namespace foresight {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// Length of the UTF-8 sequence at `s`, 0 when it is not one. Overlong forms are refused.
std::size_t sequence_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || s.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  return length;
}

}  // namespace

bool parse_number(std::string_view word, double* value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), *value);
  // Numbers like 1e-320 underflow: they are zero for our purposes.
  if (code == std::errc::result_out_of_range && end == word.data() + word.size()) {
    *value = std::strtod(std::string(word).c_str(), nullptr);
    return std::isfinite(*value);
  }
  return code == std::errc() && end == word.data() + word.size() && std::isfinite(*value);
}

int line_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + offset, '\n'));
}

void require_utf8(std::string_view text, const std::string& file) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text.substr(i));
    if (length == 0) {
      throw InputError(file + ":" + std::to_string(line_at(text, i)) + ": not UTF-8 text (byte " +
                       std::to_string(i) +
                       "); save the file as UTF-8 or check that it is a motion file");
    }
    i += length;
  }
}

TextReader::TextReader(std::string_view text, std::string file)
    : text_(text), file_(std::move(file)) {}

bool TextReader::advance() {
  if (position_ >= text_.size()) return false;
  const std::size_t end = std::min(text_.find('\n', position_), text_.size());
  const std::string_view line = text_.substr(position_, end - position_);
  position_ = end + 1;
  ++line_;
  words_.clear();
  word_ = 0;
  for (std::size_t i = 0; i < line.size();) {
    while (i < line.size() && is_space(line[i])) ++i;
    const std::size_t begin = i;
    while (i < line.size() && !is_space(line[i])) ++i;
    if (i > begin) words_.push_back(line.substr(begin, i - begin));
  }
  return true;
}

bool TextReader::next_line() {
  while (advance()) {
    if (!words_.empty()) {
      word_ = words_.size();
      return true;
    }
  }
  return false;
}

std::string_view TextReader::peek() {
  while (word_ >= words_.size()) {
    if (!advance()) return {};
  }
  return words_[word_];
}

std::string_view TextReader::next_word(const char* expected) {
  const std::string_view word = peek();
  if (word.empty()) fail(std::string("the file ends where ") + expected + " was expected");
  ++word_;
  return word;
}

void TextReader::expect(std::string_view word) {
  const std::string name(word);
  const std::string_view got = next_word(name.c_str());
  if (got != word) fail("expected \"" + name + "\", found \"" + std::string(got) + "\"");
}

double TextReader::number(std::string_view word, const char* field) const {
  double value = 0;
  if (!parse_number(word, &value)) {
    fail(std::string(field) + ": \"" + std::string(word.substr(0, 40)) +
         "\" is not a finite number");
  }
  return value;
}

double TextReader::next_number(const char* field) { return number(next_word(field), field); }

int TextReader::next_integer(const char* field, int low, int high) {
  const double value = next_number(field);
  if (value < low || value > high || value != std::floor(value)) {
    fail(std::string(field) + " must be an integer from " + std::to_string(low) + " to " +
         std::to_string(high));
  }
  return static_cast<int>(value);
}

void TextReader::fail(const std::string& message) const {
  throw InputError(file_ + ":" + std::to_string(std::max(line_, 1)) + ": " + message);
}

}  // namespace foresight

// Line-wise reading of text formats with the place of every error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foresight {

/// Splits a text into lines and words; CR LF and LF ends are the same. Every failure is an
/// InputError "FILE:LINE: ...". The text must outlive the reader.
class TextReader {
 public:
  TextReader(std::string_view text, std::string file);

  /// Moves to the next line that holds a word; false at the end.
  bool next_line();
  /// Words of the current line.
  const std::vector<std::string_view>& words() const { return words_; }
  /// Next word, over line ends. Fails at the end of the text, naming what was expected.
  std::string_view next_word(const char* expected);
  /// Like next_word but must be this word.
  void expect(std::string_view word);
  /// Looks at the next word without taking it; empty at the end.
  std::string_view peek();
  /// Next word as a finite number.
  double next_number(const char* field);
  /// Next word as an integer in [low, high].
  int next_integer(const char* field, int low, int high);

  /// A word of the current line as a finite number.
  double number(std::string_view word, const char* field) const;
  [[noreturn]] void fail(const std::string& message) const;
  const std::string& file() const { return file_; }

 private:
  bool advance();

  std::string_view text_;
  std::string file_;
  std::size_t position_ = 0;
  int line_ = 0;
  std::vector<std::string_view> words_;
  std::size_t word_ = 0;
};

/// Throws InputError "FILE:LINE: not UTF-8 text" at the first bad byte, and for a zero byte.
void require_utf8(std::string_view text, const std::string& file);

/// Number of the line (from 1) that holds the byte at `offset`.
int line_at(std::string_view text, std::size_t offset);

/// Parses a whole word as a finite number.
bool parse_number(std::string_view word, double* value);

}  // namespace foresight

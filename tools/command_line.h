// Command line of the program: commands, options and their checks. A thin layer over CLI11, whose
// header alone takes longer to compile than most commands do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace foresight {

/// What a value must fulfil; the message names the option and what was expected.
struct Check {
  std::string expected;
  std::function<bool(const std::string&)> holds;
};

Check in_range(double low, double high);  // both ends included
Check one_of(std::vector<std::string> words);
Check positive();
Check not_negative();

class Option {
 public:
  Option* required();
  Option* check(const Check& check);
  Option* excludes(const std::string& other);  // may not be given together with
  Option* expected(int values);                // of a list
  Option* capture_default_str();               // shows the default in the help

 private:
  friend class Command;
  explicit Option(void* option) : option_(option) {}
  void* option_;  // CLI::Option, owned by CLI11
};

class Command {
 public:
  Command(const std::string& about, const std::string& name);
  ~Command();

  /// The value keeps what it holds unless the option is given. For T: std::string, int,
  /// std::int64_t, std::uint64_t, double and vectors of std::string, int and double.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& help = "");
  Option* add_flag(const std::string& name, bool& value, const std::string& help = "");
  Command* add_subcommand(const std::string& name, const std::string& help);
  void callback(std::function<void()> run);
  void require_subcommand(int count);
  void footer(const std::string& text);

  /// Parses and runs. Returns the exit code: 0 also after --help, 2 for bad arguments (said on
  /// stderr). Exceptions of callbacks pass through.
  int run(int argc, char** argv);

 private:
  struct Parts;
  explicit Command(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace foresight

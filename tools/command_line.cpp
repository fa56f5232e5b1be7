#include "tools/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

namespace foresight {
namespace {

CLI::Option* of(void* option) { return static_cast<CLI::Option*>(option); }

std::string trimmed(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

Check number_check(const std::string& expected, std::function<bool(double)> holds) {
  return {expected, [holds = std::move(holds)](const std::string& text) {
            char* end = nullptr;
            const double value = std::strtod(text.c_str(), &end);
            return end != text.c_str() && *end == '\0' && holds(value);
          }};
}

}  // namespace

Check in_range(double low, double high) {
  return number_check("a number from " + trimmed(low) + " to " + trimmed(high),
                      [=](double x) { return x >= low && x <= high; });
}

Check positive() {
  return number_check("a number above 0", [](double x) { return x > 0; });
}

Check not_negative() {
  return number_check("a number not below 0", [](double x) { return x >= 0; });
}

Check one_of(std::vector<std::string> words) {
  std::string expected = "one of";
  for (const std::string& word : words) expected += " " + word;
  return {expected, [words = std::move(words)](const std::string& text) {
            return std::find(words.begin(), words.end(), text) != words.end();
          }};
}

Option* Option::required() {
  of(option_)->required();
  return this;
}

Option* Option::check(const Check& check) {
  of(option_)->check([check](const std::string& text) {
    return check.holds(text) ? std::string() : "\"" + text + "\" is not " + check.expected;
  });
  return this;
}

Option* Option::excludes(const std::string& other) {
  of(option_)->excludes(other);
  return this;
}

Option* Option::expected(int values) {
  of(option_)->expected(values);
  return this;
}

Option* Option::capture_default_str() {
  of(option_)->capture_default_str();
  return this;
}

struct Command::Parts {
  std::unique_ptr<CLI::App> root;  // of the program itself
  CLI::App* app = nullptr;
  std::vector<std::unique_ptr<Command>> commands;
  std::vector<std::unique_ptr<Option>> options;
};

Command::Command(const std::string& about, const std::string& name)
    : parts_(std::make_unique<Parts>()) {
  parts_->root = std::make_unique<CLI::App>(about, name);
  parts_->app = parts_->root.get();
  parts_->app->get_formatter()->column_width(34);
}

Command::Command(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Command::~Command() = default;

template <class T>
Option* Command::add_option(const std::string& name, T& value, const std::string& help) {
  parts_->options.emplace_back(new Option(parts_->app->add_option(name, value, help)));
  return parts_->options.back().get();
}

template Option* Command::add_option(const std::string&, std::string&, const std::string&);
template Option* Command::add_option(const std::string&, int&, const std::string&);
template Option* Command::add_option(const std::string&, std::int64_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::uint64_t&, const std::string&);
template Option* Command::add_option(const std::string&, double&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::string>&,
                                     const std::string&);
template Option* Command::add_option(const std::string&, std::vector<int>&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<double>&, const std::string&);

Option* Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  parts_->options.emplace_back(new Option(parts_->app->add_flag(name, value, help)));
  return parts_->options.back().get();
}

Command* Command::add_subcommand(const std::string& name, const std::string& help) {
  auto parts = std::make_unique<Parts>();
  parts->app = parts_->app->add_subcommand(name, help);
  parts_->commands.emplace_back(new Command(std::move(parts)));
  return parts_->commands.back().get();
}

void Command::callback(std::function<void()> run) { parts_->app->callback(std::move(run)); }

void Command::require_subcommand(int count) { parts_->app->require_subcommand(count); }

void Command::footer(const std::string& text) { parts_->app->footer(text); }

int Command::run(int argc, char** argv) {
  try {
    parts_->app->parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return parts_->app->exit(help);
  } catch (const CLI::ParseError& error) {
    parts_->app->exit(error);
    return 2;
  }
  return 0;
}

}  // namespace foresight

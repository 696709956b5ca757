#include "host/command_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/console_words.h"

namespace tandem {
namespace {

constexpr size_t kSuggestions = 8;
constexpr size_t kComparedLetters = 64;  // what was typed may be anything; edit_distance is quadratic

std::string first_words(const std::vector<std::string>& words, size_t count) {
  std::string joined;
  for (size_t i = 0; i < count; ++i) joined += (i == 0 ? "" : " ") + words[i];
  return joined;
}

size_t count_words(std::string_view verb) { return 1 + static_cast<size_t>(std::count(verb.begin(), verb.end(), ' ')); }

std::string usage(const ConsoleCommand& command) {
  return command.arguments.empty() ? command.words : command.words + ' ' + command.arguments;
}

// "now|gracefully", "[last N|call ID|today]": the words that are meant as they stand.
std::set<std::string> literal_words(std::string_view arguments) {
  std::set<std::string> words;
  std::string word;
  const auto take = [&] {
    const bool literal = std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (!word.empty() && literal) words.insert(word);
    word.clear();
  };
  for (const char c : arguments) {
    if (std::string_view("[]| ").find(c) != std::string_view::npos) {
      take();
    } else {
      word += c;
    }
  }
  take();
  return words;
}

// Hands a reply on once, and sees to it that somebody who waits for one gets it even if the handler drops it.
class Answer {
 public:
  explicit Answer(ConsoleReply reply) : reply_(std::move(reply)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (reply_) (*this)(Error{ErrorCode::internal, "the command ended without an answer"});
  }
  void operator()(Result<Json> result) {
    if (auto reply = std::exchange(reply_, nullptr)) reply(std::move(result));
  }

 private:
  ConsoleReply reply_;
};

}  // namespace

CommandTable::CommandTable() {
  const auto add_help = [this](std::string words) {
    auto added = add({.words = std::move(words),
                      .arguments = "[VERB...]",
                      .help = "List the verbs, or those that begin with VERB",
                      .run = [this](const auto& args, ConsoleReply reply) { reply(help(args)); },
                      .complete = [this](const auto& args) { return complete(args, {}); }});
    own_.push_back(std::move(*added));
  };
  add_help("help");
  add_help("core show help");
}

Result<Registration> CommandTable::add(ConsoleCommand command) {
  const auto words = split_words(command.words);
  if (!words || words->empty()) return Error{ErrorCode::invalid, "a console command needs words"};
  command.words = first_words(*words, words->size());
  const std::string key = command.words;
  if (commands_.contains(key)) return Error{ErrorCode::exists, fmt::format("the console command '{}' exists already", key)};
  commands_.emplace(key, std::make_shared<ConsoleCommand>(std::move(command)));
  return Registration([this, key] { commands_.erase(key); });
}

CommandTable::Match CommandTable::match(const std::vector<std::string>& words) const {
  for (size_t count = std::min<size_t>(words.size(), 8); count > 0; --count) {
    const auto it = commands_.find(first_words(words, count));
    if (it != commands_.end()) return {it->second, count};
  }
  return {};
}

void CommandTable::run(const std::vector<std::string>& words, ConsoleReply reply) {
  const auto answer = std::make_shared<Answer>(std::move(reply));
  if (words.empty()) return (*answer)(Error{ErrorCode::invalid, "no command was given; try 'help'"});
  const Match found = match(words);
  if (!found.command) return (*answer)(unknown(words));
  const std::vector<std::string> args(words.begin() + static_cast<std::ptrdiff_t>(found.words), words.end());
  if (!args.empty() && found.command->arguments.empty()) {
    return (*answer)(Error{ErrorCode::invalid, fmt::format("'{}' takes no arguments", found.command->words)});
  }
  try {
    found.command->run(args, [answer](Result<Json> result) { (*answer)(std::move(result)); });
  } catch (const std::exception& e) {  // the handler may belong to a module, and no exception crosses its border
    (*answer)(Error{ErrorCode::internal, fmt::format("the command failed: {}", e.what())});
  }
}

std::vector<std::string> CommandTable::complete(const std::vector<std::string>& words, std::string_view typed) const {
  std::set<std::string> found;
  const std::string before = words.empty() ? "" : first_words(words, words.size()) + ' ';
  for (auto it = commands_.lower_bound(before); it != commands_.end() && it->first.starts_with(before); ++it) {
    const auto rest = std::string_view(it->first).substr(before.size());
    found.emplace(rest.substr(0, rest.find(' ')));
  }
  if (const Match verb = match(words); verb.command) {
    const std::vector<std::string> args(words.begin() + static_cast<std::ptrdiff_t>(verb.words), words.end());
    for (const auto& one : arguments(*verb.command, args)) found.insert(one);
  }
  std::erase_if(found, [typed](const std::string& one) { return !one.starts_with(typed); });
  std::vector<std::string> candidates(found.begin(), found.end());
  if (candidates.size() > kMostCandidates) candidates.resize(kMostCandidates);
  return candidates;
}

std::set<std::string> CommandTable::arguments(ConsoleCommand& command, const std::vector<std::string>& args) {
  try {
    if (!command.complete) return args.empty() ? literal_words(command.arguments) : std::set<std::string>();
    auto words = command.complete(args);
    return {words.begin(), words.end()};
  } catch (const std::exception&) {  // the handler may belong to a module, and Tab is no place for a complaint
    return {};
  }
}

Result<Json> CommandTable::help(const std::vector<std::string>& words) const {
  const std::string prefix = first_words(words, words.size());
  Json rows = Json::array();
  for (const auto& [verb, command] : commands_) {
    if (verb.starts_with(prefix) && (prefix.empty() || verb.size() == prefix.size() || verb[prefix.size()] == ' ')) {
      rows.push_back({{"verb", usage(*command)}, {"help", command->help}});
    }
  }
  if (rows.empty()) return unknown(words);
  return rows;
}

Error CommandTable::unknown(const std::vector<std::string>& words) const {
  const std::string typed = first_words(words, words.size()).substr(0, kComparedLetters);
  std::vector<std::pair<size_t, std::string>> near;
  for (const auto& [verb, command] : commands_) {
    if (verb.starts_with(typed)) {
      near.emplace_back(0, usage(*command));
      continue;
    }
    const std::string same_length = first_words(words, std::min(words.size(), count_words(verb))).substr(0, kComparedLetters);
    const size_t distance = edit_distance(same_length, verb);
    if (distance <= 1 + verb.size() / 4) near.emplace_back(distance, usage(*command));
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  if (near.size() > kSuggestions) near.resize(kSuggestions);
  std::string message = fmt::format("there is no command '{}'", typed);
  if (near.empty()) return {ErrorCode::not_found, message + "; 'help' lists them"};
  message += "; did you mean";
  for (const auto& [distance, verb] : near) message += (&verb == &near.front().second ? " '" : ", '") + verb + '\'';
  return {ErrorCode::not_found, message};
}

}  // namespace tandem

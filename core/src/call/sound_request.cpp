#include "call/sound_request.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace tandem {
namespace {

constexpr double kLongest = 24 * 3600;

/// Reads the options of one verb by name; the first mistake is kept, as a sentence for the script's author.
class Options {
 public:
  Options(std::string_view verb, const Value& args) : verb_(verb) {
    if (!args.is_array() || args.size() > 1) {
      fail("takes one argument");
      return;
    }
    const Value none = Value::array();
    const Value& what = args.empty() ? none : args[0];
    if (what.is_object()) {
      for (const auto& [key, value] : what.items()) (key == "list" ? list_ : named_[key]) = value;
    } else {
      list_ = what;
    }
    if (list_.is_null()) list_ = Value::array();
    if (list_.is_string()) list_ = Value::array({list_});
  }

  /// What stands without a name in front.
  std::vector<std::string> names() { return strings(list_, "its sounds"); }
  std::vector<std::string> names(const std::string& key) {
    const auto value = take(key);
    if (!value) return {};
    return strings(value->is_string() ? Value::array({*value}) : *value, key);
  }
  void seconds(const std::string& key, Milliseconds& into) {
    const auto value = take(key);
    if (!value) return;
    if (!value->is_number() || !(value->get<double>() >= 0 && value->get<double>() <= kLongest)) {
      return fail(fmt::format("{} must be a number of seconds, at most a day", key));
    }
    into = Milliseconds(static_cast<int64_t>(value->get<double>() * 1000));
  }
  void flag(const std::string& key, bool& into) {
    const auto value = take(key);
    if (!value) return;
    if (!value->is_boolean()) return fail(fmt::format("{} must be true or false", key));
    into = value->get<bool>();
  }
  void count(const std::string& key, size_t& into, size_t most) {
    const auto value = take(key);
    if (!value) return;
    if (!value->is_number_integer() || value->get<int64_t>() < 1 || value->get<int64_t>() > static_cast<int64_t>(most)) {
      return fail(fmt::format("{} must be a whole number from 1 to {}", key, most));
    }
    into = value->get<size_t>();
  }
  void keys(const std::string& key, std::string& into) {
    const auto value = take(key);
    if (!value) return;
    if (!value->is_string() || value->get_ref<const std::string&>().find_first_not_of("0123456789*#ABCD") != std::string::npos) {
      return fail(fmt::format("{} must be keys of a phone, as in \"#\"", key));
    }
    into = value->get<std::string>();
  }
  void fail(std::string sentence) {
    if (!error_) error_ = Error{ErrorCode::invalid, fmt::format("{}: {}", verb_, sentence)};
  }
  /// Every option that nobody asked for is a mistake.
  std::optional<Error> finish() {
    if (!named_.empty()) fail(fmt::format("there is no option \"{}\"", named_.begin()->first));
    return error_;
  }

 private:
  std::optional<Value> take(const std::string& key) {
    const auto it = named_.find(key);
    if (it == named_.end()) return std::nullopt;
    Value value = std::move(it->second);
    named_.erase(it);
    return value;
  }
  std::vector<std::string> strings(const Value& list, const std::string& what) {
    std::vector<std::string> names;
    if (!list.is_array() || list.size() > kMostSounds) {
      fail(fmt::format("{} must be a name or a list of at most {} names", what, kMostSounds));
      return names;
    }
    for (const auto& one : list) {
      if (!one.is_string()) {
        fail(fmt::format("{} must be names", what));
        return {};
      }
      names.push_back(one.get<std::string>());
    }
    return names;
  }

  const std::string verb_;
  Value list_;
  std::map<std::string, Value> named_;
  std::optional<Error> error_;
};

}  // namespace

Result<PlayRequest> parse_play(const Value& args) {
  Options options("play", args);
  PlayRequest request;
  request.sounds = options.names();
  options.flag("repeat", request.repeat);
  options.seconds("seconds", request.limit);
  if (request.sounds.empty()) options.fail("no sound given");
  if (auto failed = options.finish()) return *failed;
  return request;
}

Result<DigitsRequest> parse_digits(const Value& args) {
  Options options("read_digits", args);
  DigitsRequest request;
  request.prompt = options.names("prompt");
  options.count("max", request.most, 32);
  options.seconds("timeout", request.timeout);
  options.keys("terminator", request.terminators);
  options.flag("barge_in", request.barge_in);
  if (!options.names().empty()) options.fail("its options have names, as in read_digits{prompt = \"...\"}");
  if (auto failed = options.finish()) return *failed;
  return request;
}

Result<RecordArguments> parse_record(const Value& args) {
  Options options("record", args);
  RecordArguments request;
  const auto names = options.names();
  options.seconds("max", request.longest);
  options.seconds("silence", request.silence);
  options.keys("terminator", request.terminators);
  options.flag("beep", request.beep);
  if (names.size() != 1) {
    options.fail("takes the name of one file");
  } else {
    request.name = names[0];
  }
  if (auto failed = options.finish()) return *failed;
  return request;
}

}  // namespace tandem

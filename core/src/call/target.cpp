#include "call/target.h"

#include <fmt/format.h>

namespace tandem {

namespace {

constexpr double kLongestSeconds = 24 * 3600;

Error bad(std::string sentence) { return Error{ErrorCode::invalid, "dial: " + std::move(sentence)}; }

Result<std::chrono::milliseconds> seconds_of(const Value& value, std::string_view what) {
  if (!value.is_number()) return bad(fmt::format("{} must be a number of seconds", what));
  const double seconds = value.get<double>();
  if (!(seconds >= 0 && seconds <= kLongestSeconds)) return bad(fmt::format("{} must be between 0 and {} seconds", what, kLongestSeconds));
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

Result<DialTarget> parse_text(const std::string& text) {
  const auto slash = text.find('/');
  const auto second = slash == std::string::npos ? slash : text.find('/', slash + 1);
  DialTarget target;
  target.text = text;
  target.scheme = text.substr(0, slash);
  if (slash != std::string::npos) target.endpoint = text.substr(slash + 1, second == std::string::npos ? second : second - slash - 1);
  if (second != std::string::npos) target.number = text.substr(second + 1);
  const bool number_fits = second == std::string::npos || (!target.number.empty() && target.scheme != "user");
  if (target.scheme.empty() || target.endpoint.empty() || !number_fits) {
    return bad(fmt::format("\"{}\" is no target; write user/ID, or DRIVER/ENDPOINT or DRIVER/TRUNK/NUMBER", text));
  }
  return target;
}

Result<DialTarget> parse_target(const Value& value) {
  if (value.is_string()) return parse_text(value.get_ref<const std::string&>());
  const Value* list = value.is_object() && value.contains("list") ? &value["list"] : &value;
  if (!list->is_array() || list->size() != 1 || !(*list)[0].is_string()) return bad("a target is a string or {string, delay = seconds}");
  auto target = parse_text((*list)[0].get_ref<const std::string&>());
  if (!target || !value.is_object()) return target;
  for (const auto& [key, option] : value.items()) {
    if (key == "list") continue;
    if (key != "delay") return bad(fmt::format("there is no option \"{}\" of a target", key));
    auto delay = seconds_of(option, key);
    if (!delay) return delay.error();
    target->delay = *delay;
  }
  return target;
}

Result<std::vector<HeaderField>> parse_headers(const Value& value) {
  std::vector<HeaderField> headers;
  if (value.is_array() && value.empty()) return headers;
  if (!value.is_object()) return bad("headers must be a table of names and texts");
  if (value.size() > kMostHeaders) return bad(fmt::format("more than {} headers", kMostHeaders));
  for (const auto& [name, text] : value.items()) {
    if (!text.is_string()) return bad(fmt::format("the header \"{}\" must be text", name));
    headers.push_back({name, text.get<std::string>()});
  }
  return headers;
}

Result<void> parse_options(const Value& options, DialRequest& request) {
  for (const auto& [key, value] : options.items()) {
    if (key == "list") continue;
    if (key == "timeout") {
      auto timeout = seconds_of(value, key);
      if (!timeout) return timeout.error();
      request.timeout = *timeout;
    } else if (key == "emergency" && value.is_boolean()) {
      request.emergency = value.get<bool>();
    } else if (key == "location" && value.is_string()) {
      request.location = value.get<std::string>();
    } else if (key == "group" && value.is_boolean()) {
      request.group = value.get<bool>();
    } else if (key == "headers") {
      auto headers = parse_headers(value);
      if (!headers) return headers.error();
      request.headers = std::move(*headers);
    } else {
      return bad(fmt::format("there is no option \"{}\" of that type", key));
    }
  }
  return {};
}

}  // namespace

Result<DialRequest> parse_dial(const Value& args) {
  if (!args.is_array() || args.size() != 1) return bad("takes one argument: a target or a table");
  DialRequest request;
  const Value& what = args[0];
  if (what.is_object()) {
    if (auto read = parse_options(what, request); !read) return read.error();
  }
  const Value none = Value::array();
  const Value& list = what.is_string() ? args : what.is_array() ? what : what.contains("list") ? what["list"] : none;
  if (!list.is_array() || list.empty()) return bad("no target given");
  if (list.size() > kMostTargets) return bad(fmt::format("more than {} targets", kMostTargets));
  for (const auto& one : list) {
    auto target = parse_target(one);
    if (!target) return target.error();
    request.targets.push_back(std::move(*target));
  }
  return request;
}

}  // namespace tandem

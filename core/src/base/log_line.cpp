#include "base/log_line.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace tandem {

namespace {

constexpr size_t kLongestText = size_t{16} << 10;
constexpr std::array<std::string_view, 6> kNames{"TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"};
constexpr std::array<std::string_view, 6> kWords{"trace", "debug", "info", "notice", "warning", "error"};

// Bytes that are no UTF-8 become U+FFFD.
std::string quoted(std::string_view text) { return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

std::string_view level_name(LogLevel level) { return kNames.at(static_cast<size_t>(level)); }
std::string_view level_word(LogLevel level) { return kWords.at(static_cast<size_t>(level)); }

std::string log_line(LogForm form, LogLevel level, std::string_view topic, std::string_view call, std::string_view text) {
  if (form == LogForm::json) {
    const std::string of_call = call.empty() ? "" : fmt::format(R"("call":{},)", quoted(call));
    return fmt::format(R"("level":"{}","topic":{},{}"text":{})", level_word(level), quoted(topic), of_call,
                       quoted(text.substr(0, kLongestText)));
  }
  const auto safe = escape_line(text, kLongestText);
  return call.empty() ? fmt::format("{} {} {}", level_name(level), topic, safe)
                      : fmt::format("{} {} [{}] {}", level_name(level), topic, call, safe);
}

}  // namespace tandem

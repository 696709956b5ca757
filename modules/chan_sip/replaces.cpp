#include "replaces.h"

#include <strings.h>

#include <algorithm>
#include <functional>
#include <string>

namespace tandem {
namespace {

constexpr size_t kLongestTag = 128, kLongestCallId = 256;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

std::optional<DialogName> within_limits(DialogName name) {
  const auto fits = [](const std::string& text, size_t most) { return !text.empty() && text.size() <= most; };
  if (!fits(name.call_id, kLongestCallId) || !fits(name.local_tag, kLongestTag) || !fits(name.remote_tag, kLongestTag)) return std::nullopt;
  return name;
}

// A second one, or one that is none, is set aside by Sofia-SIP.
bool set_aside(const sip_t* sip) {
  for (const auto* h = reinterpret_cast<const sip_header_t*>(sip->sip_error); h != nullptr; h = h->sh_next) {
    if (h->sh_class == sip_replaces_class) return true;
    if (h->sh_class == sip_error_class && h->sh_error->er_name != nullptr && strcasecmp(h->sh_error->er_name, "Replaces") == 0) return true;
  }
  return false;
}

}  // namespace

std::optional<DialogName> parse_replaces(std::string_view value) {
  DialogName name;
  const size_t end = std::min(value.find(';'), value.size());
  name.call_id = trimmed(value.substr(0, end));
  value.remove_prefix(end);
  while (!value.empty()) {
    value.remove_prefix(1);
    const size_t next = std::min(value.find(';'), value.size());
    const std::string_view parameter = trimmed(value.substr(0, next));
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view key = trimmed(parameter.substr(0, equals));
    const std::string_view text = equals < parameter.size() ? trimmed(parameter.substr(equals + 1)) : std::string_view();
    if (same_word(key, "to-tag")) name.local_tag = text;
    if (same_word(key, "from-tag")) name.remote_tag = text;
    value.remove_prefix(next);
  }
  return within_limits(std::move(name));
}

ReplacesWish read_replaces(const sip_t* sip) {
  ReplacesWish wish;
  if (set_aside(sip)) {
    wish.wrong = sip->sip_replaces != nullptr ? "More Than One Replaces" : "Bad Replaces";
    return wish;
  }
  const sip_replaces_t* const header = sip->sip_replaces;
  if (header == nullptr) return wish;
  const auto text = [](const char* field) { return std::string(field != nullptr ? field : ""); };
  wish.dialog = within_limits({text(header->rp_call_id), text(header->rp_to_tag), text(header->rp_from_tag)});
  if (!wish.dialog) wish.wrong = "Bad Replaces";
  wish.early_only = header->rp_early_only != 0;
  return wish;
}

// The place of a caller whose call is not answered yet is not to be had: that is what its caller waits for.
int refusal_of_replaces(DialogPhase phase, bool early_only) {
  switch (phase) {
    case DialogPhase::none:
    case DialogPhase::early_of_caller:
      return 481;
    case DialogPhase::ended:
      return 603;
    case DialogPhase::confirmed:
      return early_only ? 486 : 0;
    case DialogPhase::early:
      return 0;
  }
  return 481;
}

uint64_t EndedDialogs::mark(const DialogName& name) {
  const std::hash<std::string> hash;
  const uint64_t mark =
      hash(name.call_id) ^ (hash(name.local_tag) * 0x9e3779b97f4a7c15ULL) ^ (hash(name.remote_tag) * 0xc2b2ae3d27d4eb4fULL);
  return std::max<uint64_t>(mark, 1);  // 0: nothing there yet
}

void EndedDialogs::note(const DialogName& name) {
  marks_[next_] = mark(name);
  next_ = (next_ + 1) % marks_.size();
}

bool EndedDialogs::has(const DialogName& name) const { return std::find(marks_.begin(), marks_.end(), mark(name)) != marks_.end(); }

}  // namespace tandem

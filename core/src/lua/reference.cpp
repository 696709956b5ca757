#include "lua/reference.h"

#include <fmt/format.h>

#include "lua/binding.h"
#include "lua/call_object.h"
#include "lua/loader.h"
#include "lua/reference_text.h"

namespace tandem {

namespace {

/// "time.within", "log".
std::string qualified(const Library& library, const char* name) {
  return *library.name == '\0' ? std::string(name) : fmt::format("{}.{}", library.name, name);
}

std::string section(std::string_view title, std::string_view signature, std::string_view help, std::string_view example) {
  std::string text = fmt::format("### {}\n\n    {}\n\n{}\n", title, signature, help);
  if (!example.empty()) text += fmt::format("\n```lua\n{}\n```\n", example);
  return text + "\n";
}

std::string functions(std::span<const Binding> bindings, const std::string& prefix) {
  std::string text;
  for (const auto& binding : bindings) text += section(prefix + binding.name, prefix + binding.signature, binding.help, binding.example);
  return text;
}

std::string fields_table() {
  std::string text = "| field | type | |\n|---|---|---|\n";
  for (const auto& field : call_fields()) text += fmt::format("| `call.{}` | {} | {} |\n", field.name, field.type, field.help);
  return text + "\n";
}

std::string commented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("---{}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// One function as the language server wants it; `full` is "time.within", "Call:dial".
std::string annotation(const std::string& full, std::string_view signature, std::string_view help, std::string_view example) {
  const auto parsed = parse_signature(signature);
  std::string text = commented(help);
  if (!example.empty()) text += commented(fmt::format("```lua\n{}\n```", example));
  std::string list;
  for (const auto& parameter : parsed.parameters) {
    text += fmt::format("---@param {}{} {}\n", parameter.name, parameter.optional && parameter.name != "..." ? "?" : "", parameter.type);
    list += (list.empty() ? "" : ", ") + parameter.name;
  }
  // A verb's result is a word of ours ("outcome"), a library's a type.
  const bool typed = signature.find(": ") != std::string_view::npos ||
                     parsed.result.find_first_not_of("abcdefghijklmnopqrstuvwxyz?[]") != std::string::npos || parsed.result == "table" ||
                     parsed.result == "string" || parsed.result == "boolean" || parsed.result == "table?";
  if (!parsed.result.empty())
    text += typed ? fmt::format("---@return {}\n", parsed.result) : fmt::format("---@return any {}\n", parsed.result);
  return text + fmt::format("function {}({}) end\n\n", full, list);
}

}  // namespace

std::string dialplan_reference(const VerbTable& verbs) {
  std::string text = kReferenceHead;
  text += "## The call\n\n" + std::string(kCallText) + fields_table();
  text += functions(call_methods(), "call:");
  text += "## Verbs\n\n" + std::string(kVerbText);
  for (const auto& [name, entry] : verbs.all()) {
    text += section("call:" + name, "call:" + entry->verb.signature, entry->verb.help, entry->verb.example);
  }
  for (const auto* library : libraries()) {
    text += fmt::format("## {}\n\n{}\n\n", *library->name == '\0' ? "Globals" : library->name, library->help);
    text += functions(library->functions, *library->name == '\0' ? "" : std::string(library->name) + ".");
  }
  text += "## While the dialplan is loaded\n\n" + std::string(kLoadText) + functions(load_functions(), "");
  return text + kReferenceTail;
}

std::string dialplan_annotations(const VerbTable& verbs) {
  std::string text = kAnnotationsHead;
  for (const auto& field : call_fields()) text += fmt::format("---@field {} {} {}\n", field.name, field.type, field.help);
  text += "local Call = {}\n\n";
  for (const auto& method : call_methods())
    text += annotation(fmt::format("Call:{}", method.name), method.signature, method.help, method.example);
  for (const auto& [name, entry] : verbs.all()) {
    text += annotation("Call:" + name, entry->verb.signature, entry->verb.help, entry->verb.example);
  }
  for (const auto* library : libraries()) {
    if (*library->name != '\0') text += fmt::format("---{}\n{} = {{}}\n\n", library->help, library->name);
    for (const auto& f : library->functions) text += annotation(qualified(*library, f.name), f.signature, f.help, f.example);
  }
  for (const auto& f : load_functions()) text += annotation(f.name, f.signature, f.help, f.example);
  return text;
}

std::vector<Example> dialplan_examples(const VerbTable& verbs) {
  std::vector<Example> all;
  for (const auto& method : call_methods()) all.push_back({fmt::format("call:{}", method.name), method.example});
  for (const auto& [name, entry] : verbs.all()) all.push_back({"call:" + name, entry->verb.example});
  for (const auto* library : libraries()) {
    for (const auto& f : library->functions) all.push_back({qualified(*library, f.name), f.example});
  }
  return all;
}

}  // namespace tandem

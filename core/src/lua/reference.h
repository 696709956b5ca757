// Reference: the dialplan's page for people (docs/dialplan.md) and its annotations for the Lua language server, both made from what is
// bound: verbs, libraries, fields of a call. Pure; switch thread, for the table of verbs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "call/verb_table.h"

namespace tandem {

/// Markdown.
std::string dialplan_reference(const VerbTable& verbs);
/// A Lua file that defines nothing ("---@meta"), for an editor to complete by.
std::string dialplan_annotations(const VerbTable& verbs);

/// Every example of the two: what it belongs to ("call:dial", "time.within"), and the lines of a handler's body.
struct Example {
  std::string of;
  std::string body;
};
std::vector<Example> dialplan_examples(const VerbTable& verbs);

/// "dial{target, timeout = 30} -> outcome" taken apart, for the annotations: "dial", {"options"}, "outcome".
struct Signature {
  struct Parameter {
    std::string name;  ///< an identifier or "..."
    std::string type;  ///< "any" when nothing is said
    bool optional = false;
  };
  std::string name;
  std::vector<Parameter> parameters;
  std::string result;  ///< empty: none
};
Signature parse_signature(std::string_view text);

}  // namespace tandem

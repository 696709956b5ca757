// Signatures taken apart for the language server.
#include <gtest/gtest.h>

#include "lua/reference.h"

namespace tandem {
namespace {

std::string shown(std::string_view text) {
  const auto parsed = parse_signature(text);
  std::string out = parsed.name + "(";
  for (const auto& p : parsed.parameters) out += p.name + (p.optional ? "?" : "") + ":" + p.type + " ";
  return out + ")" + parsed.result;
}

TEST(Signature, OfLibrariesAndVerbs) {
  EXPECT_EQ(shown("within(schedule: string, zone?: string) -> boolean"), "within(schedule:string zone?:string )boolean");
  EXPECT_EQ(shown("dial{target, {target, delay = seconds}, timeout = 30} -> outcome"), "dial(options:string|table )outcome");
  EXPECT_EQ(shown("play(file [, seconds = 3]) -> outcome"), "play(file:any seconds?:any )outcome");
  EXPECT_EQ(shown("log(level?: string, ...: any)"), "log(level?:string ...:any )");
  EXPECT_EQ(shown("answer()"), "answer()");
  EXPECT_EQ(shown("say(\"text\", ..., more)"), "say(...:any )");
  EXPECT_EQ(shown("on(event: string, handler: fun(e: table))"), "on(event:string handler:fun(e: table) )");
  for (const auto* text : {"", "(", "{", ")(", "x(", "x)", "x->", "-> y", "x(,,)", "x{"}) shown(text);
}

}  // namespace
}  // namespace tandem

// string.find, match, gmatch and gsub on TextMatch.
#include <algorithm>
#include <cstring>

#include "lua/libraries.h"
#include "lua/runtime.h"
#include "lua/text_match.h"

namespace tandem {

namespace {

std::string_view check_text(lua_State* L, int index) {
  size_t length = 0;
  const char* text = luaL_checklstring(L, index, &length);
  if (length > kLongestString) luaL_error(L, "more than %d bytes of text", static_cast<int>(kLongestString));
  return {text, length};
}

std::shared_ptr<const TextPattern> compile(lua_State* L, std::string_view text, bool anchors) {
  Runtime& runtime = Runtime::of(L);
  runtime.meter().charge(L, static_cast<int64_t>(text.size()) + 8);
  auto pattern = runtime.patterns().get(text, anchors);
  if (!pattern) luaL_error(L, "%s", pattern.error().message.c_str());
  return std::move(*pattern);
}

/// Where a search begins, from a Lua position (1 is the first byte, -1 the last). npos: beyond the end.
size_t start_of(lua_State* L, int index, size_t length) {
  lua_Integer at = luaL_optinteger(L, index, 1);
  if (at < 0) at = std::max<lua_Integer>(at + static_cast<lua_Integer>(length) + 1, 1);
  if (at == 0) at = 1;
  return at - 1 > static_cast<lua_Integer>(length) ? TextMatch::npos : static_cast<size_t>(at - 1);
}

/// A match with the running script's allowance: what it used is charged, also when it gave up (then charging raises).
class Search {
 public:
  Search(lua_State* L, const TextPattern& pattern, std::string_view subject)
      : L_(L), pattern_(pattern), subject_(subject), match_(pattern, subject, Runtime::of(L).meter().left()) {}

  /// The first fit at `begin` or later (only there if anchored). False when there is none.
  bool find(size_t begin) {
    for (begin_ = begin; begin_ <= subject_.size(); ++begin_) {
      end_ = match_.at(begin_);
      if (end_ != TextMatch::npos || pattern_.anchored() || match_.given_up()) break;
    }
    settle();
    return begin_ <= subject_.size() && end_ != TextMatch::npos;
  }
  bool fits_at(size_t begin) {
    begin_ = begin;
    end_ = match_.at(begin);
    return end_ != TextMatch::npos;
  }
  /// Charges what was used since the last time.
  void settle() {
    auto& meter = Runtime::of(L_).meter();
    meter.charge(L_, meter.left() - match_.steps());
  }
  /// After the script's own code has run in between and has used some of the allowance itself.
  void go_on() { match_.set_steps(Runtime::of(L_).meter().left()); }
  bool given_up() const { return match_.given_up(); }
  size_t begin() const { return begin_; }
  size_t end() const { return end_; }

  /// Pushes capture `index` (counted from 0; the whole match if there are no captures).
  void push(int index) const {
    if (pattern_.captures() == 0) return push_whole();
    const auto& capture = match_.capture(index);
    if (capture.length == TextMatch::kPosition) return lua_pushinteger(L_, static_cast<lua_Integer>(capture.begin) + 1);
    lua_pushlstring(L_, subject_.data() + capture.begin, static_cast<size_t>(capture.length));
  }
  void push_whole() const { lua_pushlstring(L_, subject_.data() + begin_, end_ - begin_); }
  int push_all() const {
    const int count = std::max(pattern_.captures(), 1);
    luaL_checkstack(L_, count, "too many captures");
    for (int i = 0; i < count; ++i) push(i);
    return count;
  }

 private:
  lua_State* const L_;
  const TextPattern& pattern_;
  const std::string_view subject_;
  TextMatch match_;
  size_t begin_ = 0;
  size_t end_ = TextMatch::npos;
};

int find_plain(lua_State* L, std::string_view subject, std::string_view wanted, size_t begin) {
  Runtime::of(L).meter().charge(L, static_cast<int64_t>(subject.size() / 8) + 1);
  // memmem is linear in the worst case, string_view::find is not.
  const void* at =
      wanted.empty() ? subject.data() + begin : memmem(subject.data() + begin, subject.size() - begin, wanted.data(), wanted.size());
  if (at == nullptr) {
    lua_pushnil(L);
    return 1;
  }
  const auto first = static_cast<const char*>(at) - subject.data();
  lua_pushinteger(L, first + 1);
  lua_pushinteger(L, first + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int find(lua_State* L) {
  const auto subject = check_text(L, 1);
  const auto text = check_text(L, 2);
  const size_t begin = start_of(L, 3, subject.size());
  if (begin == TextMatch::npos) {
    lua_pushnil(L);
    return 1;
  }
  const bool plain = lua_toboolean(L, 4) != 0 || text.find_first_of("^$*+?.([%-") == std::string_view::npos;
  if (plain) return find_plain(L, subject, text, begin);
  const auto pattern = compile(L, text, true);
  Search search(L, *pattern, subject);
  if (!search.find(begin)) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushinteger(L, static_cast<lua_Integer>(search.begin()) + 1);
  lua_pushinteger(L, static_cast<lua_Integer>(search.end()));
  return 2 + (pattern->captures() == 0 ? 0 : search.push_all());
}

int match(lua_State* L) {
  const auto subject = check_text(L, 1);
  const auto text = check_text(L, 2);
  const size_t begin = start_of(L, 3, subject.size());
  if (begin != TextMatch::npos) {
    const auto pattern = compile(L, text, true);
    Search search(L, *pattern, subject);
    if (search.find(begin)) return search.push_all();
  }
  lua_pushnil(L);
  return 1;
}

// Upvalues: subject, pattern, where to go on, where the last match ended (an empty match is not given twice at one place).
int gmatch_next(lua_State* L) {
  const auto subject = check_text(L, lua_upvalueindex(1));
  const auto pattern = compile(L, check_text(L, lua_upvalueindex(2)), false);
  auto begin = static_cast<size_t>(lua_tointeger(L, lua_upvalueindex(3)));
  const auto last_end = lua_tointeger(L, lua_upvalueindex(4));
  Search search(L, *pattern, subject);
  while (begin <= subject.size() && search.find(begin)) {
    if (static_cast<lua_Integer>(search.end()) == last_end) {
      begin = search.begin() + 1;
      continue;
    }
    lua_pushinteger(L, static_cast<lua_Integer>(search.end()));
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return search.push_all();
  }
  return 0;
}

int gmatch(lua_State* L) {
  const auto subject = check_text(L, 1);
  check_text(L, 2);
  const size_t begin = start_of(L, 3, subject.size());
  lua_settop(L, 2);
  lua_pushinteger(L, static_cast<lua_Integer>(begin == TextMatch::npos ? subject.size() + 1 : begin));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, gmatch_next, 4);
  return 1;
}

/// "%1", "%0" and "%%" of a replacement string.
void append_template(lua_State* L, std::string_view text, const Search& search, int captures, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const char c = ++i < text.size() ? text[i] : '\0';
    if (c == '%') {
      out += '%';
      continue;
    }
    if (c < '0' || c > '9') luaL_error(L, "invalid use of '%%' in replacement string");
    if (c - '0' > std::max(captures, 1)) luaL_error(L, "invalid capture index %%%d in replacement string", c - '0');
    if (c == '0') {
      search.push_whole();
    } else {
      search.push(c - '1');
    }
    size_t length = 0;
    const char* piece = lua_tolstring(L, -1, &length);
    out.append(piece, length);
    lua_pop(L, 1);
  }
}

/// What replaces one match; the third argument of gsub is a string, a table or a function.
void append_replacement(lua_State* L, Search& search, std::string_view subject, int captures, std::string& out) {
  const int kind = lua_type(L, 3);
  if (kind == LUA_TSTRING || kind == LUA_TNUMBER) return append_template(L, check_text(L, 3), search, captures, out);
  search.settle();
  if (kind == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, search.push_all(), 1);
  } else {
    search.push(0);
    lua_gettable(L, 3);
  }
  search.go_on();
  if (lua_toboolean(L, -1) == 0) {
    out.append(subject.substr(search.begin(), search.end() - search.begin()));
  } else if (lua_isstring(L, -1) == 0) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  } else {
    size_t length = 0;
    const char* piece = lua_tolstring(L, -1, &length);
    out.append(piece, length);
  }
  lua_pop(L, 1);
}

int gsub(lua_State* L) {
  const auto subject = check_text(L, 1);
  const auto text = check_text(L, 2);
  const int kind = lua_type(L, 3);
  luaL_argexpected(L, kind == LUA_TSTRING || kind == LUA_TNUMBER || kind == LUA_TTABLE || kind == LUA_TFUNCTION, 3,
                   "string/function/table");
  const lua_Integer most = luaL_optinteger(L, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const auto pattern = compile(L, text, true);
  Search search(L, *pattern, subject);
  std::string out;
  size_t at = 0;
  size_t last_end = TextMatch::npos;
  lua_Integer count = 0;
  while (count < most) {
    const bool fits = search.fits_at(at);
    if (search.given_up()) break;
    if (fits && search.end() != last_end) {
      ++count;
      append_replacement(L, search, subject, pattern->captures(), out);
      at = last_end = search.end();
    } else if (at < subject.size()) {
      out += subject[at++];
    } else {
      break;
    }
    if (out.size() > kLongestString)
      return luaL_error(L, "string.gsub: the result is longer than %d bytes", static_cast<int>(kLongestString));
    if (pattern->anchored()) break;
  }
  search.settle();
  out.append(subject.substr(at));
  lua_pushlstring(L, out.data(), out.size());
  lua_pushinteger(L, count);
  return 2;
}

}  // namespace

void add_pattern_functions(lua_State* L) {
  constexpr luaL_Reg kFunctions[] = {{"find", find}, {"match", match}, {"gmatch", gmatch}, {"gsub", gsub}, {nullptr, nullptr}};
  luaL_setfuncs(L, kFunctions, 0);
}

}  // namespace tandem
